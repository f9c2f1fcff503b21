"""A web server of the tests' own: with ranges of bytes or without, and an archive's redirects."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


class Handler(BaseHTTPRequestHandler):
    """Serves the server's folder. /api/... redirects to /blobs/..., as archives do; /whole/...
    knows no ranges; /shy/... breaks off once 100 bytes of a range are sent; /403/... refuses."""

    def do_GET(self):
        way, _, name = self.path.strip("/").partition("/")
        self.server.requests.append(self.path)
        if way == "api":
            self.answer(302, b"", Location=f"/blobs/{name}?signature=secret")
            return
        path = Path(self.server.folder, unquote(name.split("?")[0]))
        if way == "403" or not path.is_file():
            self.answer(403 if way == "403" else 404, b"")
            return
        content = path.read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if way == "whole" or not asked:
            self.server.sent += len(content)
            self.answer(200, content)
            return
        start, end = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
        part = content[start : end + 1]
        self.server.sent += len(part)
        length = len(part)
        if way == "shy" and length > 100:
            part, self.close_connection = part[:100], True
        headers = {"Content-Range": f"bytes {start}-{end}/{len(content)}", "ETag": '"v1"'}
        self.answer(206, part, length, **headers)

    def answer(self, status, body, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@contextmanager
def web_server(folder):
    """Yield a server of the files in a folder: `address`, `requests`, and `sent`, in bytes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.folder, server.requests, server.sent = folder, [], 0
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
