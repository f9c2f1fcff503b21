"""Downloads against a server on this machine that breaks off, forgets, lies and refuses."""

import hashlib
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from download_recording import check, partial_path
from nma.io.errors import InputError
from nma.recordings.download import CHUNK_BYTES, download

CONTENT = np.random.default_rng(0).bytes(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
WRONG = b"\xff" * 1000
ARCHIVE = io.BytesIO()
np.savez(ARCHIVE, a=np.ones((20, 30)), b=np.ones((20, 30)))
ARCHIVE = ARCHIVE.getvalue()
PAGE = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n"


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT in the manner of the server's `plan`; notes the Range of each request."""

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        answer = self.server.plan[min(len(self.server.ranges), len(self.server.plan)) - 1]
        getattr(self, answer)(int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0)

    def whole(self, start=0):
        self.reply(200, CONTENT)

    def resume(self, start):
        if start >= len(CONTENT):
            self.reply(416, b"", {"Content-Range": f"bytes */{len(CONTENT)}"})
        elif start:
            last = len(CONTENT) - 1
            field = {"Content-Range": f"bytes {start}-{last}/{len(CONTENT)}"}
            self.reply(206, CONTENT[start:], field)
        else:
            self.whole()

    def drop(self, start):
        """Break off after half of what is left."""
        rest = CONTENT[start:]
        field = {"Content-Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"}
        self.reply(206 if start else 200, rest[: len(rest) // 2], field, length=len(rest))

    def drop_whole(self, start):
        """Ignore the Range, and break off after a third."""
        self.reply(200, CONTENT[:1_000_000], length=len(CONTENT))

    def another_range(self, start):
        self.reply(206, CONTENT[5:], {"Content-Range": f"bytes 5-2999999/{len(CONTENT)}"})

    def bare_416(self, start):
        self.reply(416, b"")

    def hang_up(self, start):
        self.close_connection = True

    def wrong(self, start):
        self.reply(200, WRONG)

    def page(self, start):
        self.reply(200, PAGE)

    def archive(self, start):
        self.reply(200, ARCHIVE)

    def cut_archive(self, start):
        self.reply(200, ARCHIVE[:-50])

    def missing(self, start):
        self.reply(404, b"no such file")

    def forbidden(self, start):
        self.reply(403, b"not for you")

    def busy(self, start):
        self.reply(503, b"come back later")

    def too_many(self, start):
        self.reply(429, b"slow down")

    def reply(self, status, body, headers=None, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def serve(monkeypatch):
    """serve(*plan): the address of a server that answers so, the last answer again and again."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.ranges = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def start(*plan):
        server.plan = plan
        start.ranges = server.ranges
        return f"http://127.0.0.1:{server.server_port}/raw.npy"

    yield start
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def files(tmp_path):
    """The file to make and the partial one, in a folder each so that leftovers show."""
    (tmp_path / "raw").mkdir()
    return tmp_path / "raw" / "raw.npy", tmp_path / "raw" / ".partial"


def fetch(url, files, sha256=SHA256, **settings):
    download(url, sha256, *files, wait=0.001, **settings)


def kept(size):
    """How many of `size` bytes outlive a break: whole chunks."""
    return size - size % CHUNK_BYTES


def assert_whole(files):
    path, partial = files
    assert path.read_bytes() == CONTENT
    assert list(path.parent.iterdir()) == [path]
    assert not partial.exists()


def test_a_served_file_arrives_whole(serve, files, capsys):
    fetch(serve("whole"), files)
    assert_whole(files)
    assert serve.ranges == [None]
    assert "3.00M/3.00M" in capsys.readouterr().err


def test_a_digest_in_capitals_is_the_same(serve, files):
    fetch(serve("whole"), files, SHA256.upper())
    assert_whole(files)


def test_two_broken_connections_are_resumed_where_they_broke(serve, files, capsys):
    fetch(serve("drop", "drop", "resume"), files)
    assert_whole(files)
    first = kept(1_500_000)
    second = first + kept((len(CONTENT) - first) // 2)
    assert serve.ranges == [None, f"bytes={first}-", f"bytes={second}-"]
    assert "attempt 2 of 6: the connection broke off" in capsys.readouterr().out


def test_a_job_goes_on_from_what_a_killed_one_left(serve, files):
    files[1].write_bytes(CONTENT[:1_234_567])
    fetch(serve("resume"), files)
    assert_whole(files)
    assert serve.ranges == ["bytes=1234567-"]


def test_a_server_that_ignores_range_starts_anew(serve, files):
    files[1].write_bytes(CONTENT[:1_234_567])
    fetch(serve("whole"), files)
    assert_whole(files)
    assert serve.ranges == ["bytes=1234567-"]


def test_a_server_that_drops_and_ignores_range_starts_anew(serve, files):
    fetch(serve("drop_whole", "drop_whole", "whole"), files)
    assert_whole(files)
    assert len(serve.ranges) == 3


def test_a_partial_that_is_too_long_is_thrown_away(serve, files):
    files[1].write_bytes(CONTENT + b"more")
    fetch(serve("resume"), files)
    assert_whole(files)
    assert serve.ranges == ["bytes=3000004-", None]


def test_a_416_without_a_length_starts_anew(serve, files):
    files[1].write_bytes(CONTENT[:100])
    fetch(serve("bare_416", "resume"), files)
    assert_whole(files)
    assert serve.ranges == ["bytes=100-", None]


def test_a_partial_that_is_whole_is_not_fetched_again(serve, files):
    files[1].write_bytes(CONTENT)
    fetch(serve("resume"), files)
    assert_whole(files)
    assert serve.ranges == ["bytes=3000000-"]


def test_an_answer_for_another_range_is_not_taken(serve, files):
    files[1].write_bytes(CONTENT[:100])
    fetch(serve("another_range", "resume"), files)
    assert_whole(files)
    assert serve.ranges == ["bytes=100-", None]


@pytest.mark.parametrize("answer", ["busy", "too_many", "hang_up"])
def test_a_busy_server_is_asked_again(serve, files, answer):
    fetch(serve(answer, answer, "whole"), files)
    assert_whole(files)
    assert len(serve.ranges) == 3


def test_the_waits_double(serve, files, monkeypatch):
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    with pytest.raises(InputError):
        download(serve("busy"), SHA256, *files, attempts=5, wait=0.5)
    assert waits == [0.5, 1, 2, 4]


def test_a_server_that_stays_busy_is_given_up_and_the_bytes_kept(serve, files):
    files[1].write_bytes(CONTENT[:1000])
    url = serve("busy")
    with pytest.raises(InputError) as error:
        fetch(url, files, attempts=3)
    assert str(error.value) == (
        f"{url}: download: found HTTP status 503 Service Unavailable after 3 attempts, expected "
        "the whole file; rerun: the bytes so far are kept, and the download resumes there."
    )
    assert len(serve.ranges) == 3
    assert files[1].read_bytes() == CONTENT[:1000] and not files[0].exists()


def test_breaking_off_each_time_is_given_up_and_the_bytes_kept(serve, files):
    with pytest.raises(InputError, match="the connection broke off .* after 2 attempts"):
        fetch(serve("drop"), files, attempts=2)
    first = kept(1_500_000)
    second = first + kept((len(CONTENT) - first) // 2)
    assert files[1].read_bytes() == CONTENT[:second] and not files[0].exists()


@pytest.mark.parametrize("answer, status", [("missing", "404 Not Found"), ("forbidden", "403 For")])
def test_a_refusal_fails_at_once(serve, files, answer, status):
    url = serve(answer)
    with pytest.raises(InputError, match=f"{url}: HTTP status: found {status}.*, expected 200 OK"):
        fetch(url, files)
    assert len(serve.ranges) == 1
    assert list(files[0].parent.iterdir()) == []


def test_wrong_bytes_are_named_and_deleted(serve, files):
    url = serve("wrong")
    found = hashlib.sha256(WRONG).hexdigest()
    with pytest.raises(InputError) as error:
        fetch(url, files)
    assert str(error.value) == (
        f"{url}: sha256: found {found} (1000 bytes, now deleted), expected {SHA256}."
    )
    assert len(serve.ranges) == 1
    assert list(files[0].parent.iterdir()) == []


@pytest.mark.parametrize("sha256", ["unchecked", hashlib.sha256(PAGE).hexdigest()])
def test_the_page_of_a_sign_in_is_named_and_not_kept(serve, files, sha256):
    """Not even where the digest in the config is that of the page."""
    url = serve("page")
    with pytest.raises(InputError) as error:
        fetch(url, files, sha256, read=check)
    assert str(error.value).startswith(
        f"{url}: content: found an HTML page, such as one that asks for a sign-in, expected a raw "
        "recording; open the address in a browser"
    )
    assert list(files[0].parent.iterdir()) == []


def test_the_page_of_a_sign_in_is_named_where_another_digest_was_expected(serve, files):
    with pytest.raises(
        InputError, match="bytes, an HTML page, such as .*, now deleted.,.*; open the"
    ):
        fetch(serve("page"), files, read=check)
    assert list(files[0].parent.iterdir()) == []


def test_a_file_of_any_format_is_kept_whatever_is_read_of_it(serve, files):
    """The archive has two arrays, of which the config may name one."""
    fetch(serve("archive"), files, "unchecked", read=check)
    assert files[0].read_bytes() == ARCHIVE


def test_a_damaged_file_is_not_kept(serve, files):
    with pytest.raises(InputError, match="content: found BadZipFile"):
        fetch(serve("cut_archive"), files, "unchecked", read=check)
    assert list(files[0].parent.iterdir()) == []


def test_a_wrong_partial_spoils_one_run_only(serve, files):
    files[1].write_bytes(b"x" * 1000)
    url = serve("resume")
    with pytest.raises(InputError, match="sha256: found"):
        fetch(url, files)
    fetch(url, files)
    assert_whole(files)


def test_unchecked_prints_the_digest_for_the_config(serve, files, capsys):
    fetch(serve("whole"), files, "unchecked")
    assert_whole(files)
    assert f"put this in the config:\nsha256: {SHA256}\n" in capsys.readouterr().out


@pytest.mark.parametrize("sha256", [None, "", "abc", SHA256[:-1], SHA256 + "0", "g" * 64])
def test_a_digest_is_required_or_waived_in_words(serve, files, sha256):
    with pytest.raises(InputError, match="sha256 of http.*expected 64 hexadecimal .*`unchecked`"):
        fetch(serve("whole"), files, sha256)
    assert serve.ranges == []


@pytest.mark.parametrize("url", ["raw.npy", "file:///etc/hostname", "http://", "ftp://a.b/c"])
def test_an_address_that_is_none_fails_at_once(files, url):
    with pytest.raises(InputError, match="address: found .*expected an http or https address"):
        fetch(url, files, attempts=1)


def test_the_partial_file_has_a_name_of_its_own_for_each_address_and_digest(tmp_path):
    path = tmp_path / "raw.npy"
    partial = partial_path(path, "http://a/b", SHA256)
    digest = hashlib.sha256(f"http://a/b{SHA256}".encode()).hexdigest()
    assert partial == tmp_path / f".{digest[:16]}.partial"
    assert partial != partial_path(path, "http://a/c", SHA256)
    assert partial != partial_path(path, "http://a/b", "unchecked")
