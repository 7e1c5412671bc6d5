"""A client of Deskhand's REST interface, from its OpenAPI document, with the standard library only.

    desk = Desk("https://desk.example.com", token)
    for workflow in desk.each("getWorkflows", trigger="message.received"):
        print(workflow["name"])
    run = desk.getRunsId(id="run_…")

Every operation of /v1/openapi.json is a method under its operationId. Parameters are named as there, with _ for what
Python does not take in a name (If_Match); the body is the argument body. What the document does not know is refused
before anything is sent.
"""

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid

METHODS = ("get", "put", "post", "patch", "delete")


class Problem(Exception):
    """An answer that is not a success (RFC 9457). problems has those of a definition."""

    def __init__(self, status, detail, problems=()):
        super().__init__(f"{status}: {detail}")
        self.status, self.detail, self.problems = status, detail, list(problems)


class Desk:
    def __init__(self, url, token=None, timeout=40):
        self.url, self.token, self.timeout = url.rstrip("/"), token, timeout
        self.operations = {}
        for path, item in self._send("GET", "/v1/openapi.json")["paths"].items():
            for method in METHODS:
                if method in item:
                    self.operations[item[method]["operationId"]] = (method.upper(), path, item[method])

    def __getattr__(self, name):
        if name not in self.operations:
            raise AttributeError(f"the API has no operation {name}")
        return lambda **arguments: self.call(name, **arguments)

    def call(self, operation, body=None, **arguments):
        """Calls an operation; the answer is its JSON, None when it has none."""
        method, path, about = self.operations[operation]
        query, headers = {}, {}
        known = {p["name"].replace("-", "_"): p for p in about.get("parameters", [])}
        for name, value in arguments.items():
            if name not in known:
                raise TypeError(f"{operation} has no parameter {name}: it takes {', '.join(known) or 'none'}")
            p = known[name]
            if p["in"] == "path":
                path = path.replace("{%s}" % p["name"], urllib.parse.quote(str(value), safe=""))
            elif p["in"] == "header":
                headers[p["name"]] = str(value)
            elif value is not None:
                query[p["name"]] = str(value).lower() if isinstance(value, bool) else str(value)
        for name, p in known.items():
            if p.get("required") and name not in arguments:
                raise TypeError(f"{operation} needs {name}")
        if body is not None and "requestBody" not in about:
            raise TypeError(f"{operation} takes no body")
        if "Idempotency_Key" in known:  # so that a call that broke off can be made again
            headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return self._send(method, path, body, headers)

    def each(self, operation, **arguments):
        """All items of a list, page by page."""
        cursor = None
        while True:
            page = self.call(operation, limit=100, cursor=cursor, **arguments)
            yield from page["items"]
            cursor = page.get("nextCursor")
            if not cursor:
                return

    def _send(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.url + path, method=method, headers={"Accept": "application/json", **(headers or {})})
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise _problem(error) from None
        return json.loads(text) if text else None


def _problem(error):
    try:
        said = json.loads(error.read())
    except ValueError:
        said = {}
    return Problem(error.code, said.get("detail") or said.get("message") or error.reason, said.get("problems", ()))
