"""Problem documents: the API's answers to requests that can't be done."""

import requests


def problem(response: requests.Response, status: int, field: str | None = None) -> str:
    """Check that an answer is a problem document, and return its detail."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document["type"] == "about:blank"
    assert document["title"]
    assert document.get("field") == field
    assert "Traceback" not in response.text
    return str(document["detail"])
