"""Official weights: from torch's cache, from a picked file, downloaded once; checked, and never half there."""

import dataclasses
import hashlib
import http.server
import threading
from contextlib import contextmanager

import pytest

from seisgui import catalogue
from seisgui.errors import FailureError, InputError
from seisgui.networks.pretrained import at_hand, cached_path, official, official_steps
from seisgui.seismic.progress import finish

CONTENT = bytes(range(256)) * 12_000  # 3 MB
OFFICIAL = dataclasses.replace(
    catalogue.network("resnet50").official[0], sha256=hashlib.sha256(CONTENT).hexdigest()[:8], megabytes=3
)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty torch cache, and nowhere to download from."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("SEISGUI_WEIGHTS_URL", (tmp_path / "nowhere").as_uri())
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A folder that has the official file."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / OFFICIAL.file).write_bytes(CONTENT)
    monkeypatch.setenv("SEISGUI_WEIGHTS_URL", folder.as_uri())
    return folder


@contextmanager
def server(handler):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}/models"
        finally:
            running.shutdown()
            thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves one file, or only the first part of it."""

    protocol_version = "HTTP/1.1"
    share = 1.0

    def do_GET(self):
        assert self.path == f"/models/{OFFICIAL.file}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[: int(self.share * len(CONTENT))])
        self.close_connection = True

    def log_message(self, *_):
        pass


class Broken(Quiet):
    share = 0.6


def test_official_files_are_known_by_their_names_and_checksums():
    known = {(info.name, each.name): each for info in catalogue.networks() for each in info.official}
    assert {key: each.file for key, each in known.items()} == {
        ("vgg16", "imagenet"): "vgg16-397923af.pth",
        ("vgg16-unet", "imagenet"): "vgg16-397923af.pth",
        ("resnet50", "imagenet"): "resnet50-0676ba61.pth",
        ("resnet50", "imagenet-v2"): "resnet50-11ad3fa6.pth",
    }
    assert all(f"-{each.sha256}." in each.file for each in known.values())


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({"TORCH_HOME": "/a"}, "/a/hub/checkpoints"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/torch/hub/checkpoints"),
        ({"HOME": "/c"}, "/c/.cache/torch/hub/checkpoints"),
    ],
)
def test_the_cache_is_torchs_own(monkeypatch, variables, place):
    import torch

    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(cached_path(OFFICIAL).parent) == place == f"{torch.hub.get_dir()}/checkpoints"


def test_a_file_in_the_cache_is_checked_and_taken(cache):
    cache.mkdir(parents=True)
    (cache / OFFICIAL.file).write_bytes(CONTENT)
    told = list(official_steps(OFFICIAL, download=False))
    assert at_hand(OFFICIAL)
    assert told[-1].done == told[-1].total == len(CONTENT)
    assert finish(official_steps(OFFICIAL, download=False)) == cache / OFFICIAL.file


@pytest.mark.parametrize("content", [CONTENT[:-1], b"", CONTENT[:-1] + b"!"])
def test_a_cached_or_picked_file_with_another_checksum_is_a_sentence(cache, tmp_path, content):
    cache.mkdir(parents=True)
    for path, picked in ((cache / OFFICIAL.file, None), (tmp_path / OFFICIAL.file, tmp_path / OFFICIAL.file)):
        path.write_bytes(content)
        with pytest.raises(
            InputError, match=f"damaged or another file: its SHA-256 begins with .*, not {OFFICIAL.sha256}"
        ):
            finish(official_steps(OFFICIAL, picked))


def test_a_picked_file_of_another_name_is_left_to_its_tensors(tmp_path):
    picked = tmp_path / "mine.safetensors"
    picked.write_bytes(b"anything")
    assert finish(official_steps(OFFICIAL, picked)) == picked
    with pytest.raises(InputError, match="not there"):
        finish(official_steps(OFFICIAL, tmp_path / "gone.pth"))


def test_a_download_tells_progress_and_fills_the_cache(cache, mirror):
    told = list(official_steps(OFFICIAL))
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert len(told) > 1
    assert told[-1].done == told[-1].total == len(CONTENT)
    assert "Downloading resnet50-0676ba61.pth" in told[0].phrase
    assert [path.name for path in cache.iterdir()] == [OFFICIAL.file]
    (mirror / OFFICIAL.file).unlink()
    assert finish(official_steps(OFFICIAL)) == cache / OFFICIAL.file


def test_a_download_by_http_arrives_whole(cache, monkeypatch):
    with server(Quiet) as url:
        monkeypatch.setenv("SEISGUI_WEIGHTS_URL", url)
        assert finish(official_steps(OFFICIAL)).read_bytes() == CONTENT


def test_a_connection_that_breaks_leaves_nothing(cache, monkeypatch):
    with server(Broken) as url:
        monkeypatch.setenv("SEISGUI_WEIGHTS_URL", url)
        with pytest.raises(FailureError, match=r"not downloaded whole|broke off"):
            finish(official_steps(OFFICIAL))
    assert list(cache.iterdir()) == []


def test_a_download_with_a_wrong_checksum_leaves_nothing(cache, mirror):
    (mirror / OFFICIAL.file).write_bytes(CONTENT[::-1])
    with pytest.raises(FailureError, match="checksum is wrong"):
        finish(official_steps(OFFICIAL))
    assert list(cache.iterdir()) == []


def test_a_download_that_is_given_up_leaves_nothing(cache, mirror):
    steps = official_steps(OFFICIAL)
    next(steps)
    assert len(list(cache.iterdir())) == 1
    steps.close()
    assert list(cache.iterdir()) == []


def test_without_a_file_and_a_connection_the_choices_are_told(cache):
    with pytest.raises(InputError, match=r"resnet50-0676ba61\.pth is not in .*cannot be downloaded") as told:
        finish(official_steps(OFFICIAL))
    assert "Start from scratch, or pick the file" in told.value.hint
    with pytest.raises(InputError, match="nothing is downloaded"):
        finish(official_steps(OFFICIAL, download=False))
    assert not list(cache.glob("*"))


def test_a_refused_connection_is_the_same_sentence(monkeypatch):
    monkeypatch.setenv("SEISGUI_WEIGHTS_URL", "http://127.0.0.1:1/models")
    with pytest.raises(InputError, match="cannot be downloaded"):
        finish(official_steps(OFFICIAL))


def test_a_strange_address_and_a_full_disk_are_sentences(cache, mirror, monkeypatch):
    enormous = dataclasses.replace(OFFICIAL, megabytes=10**12)
    with pytest.raises(FailureError, match="MB free"):
        finish(official_steps(enormous))
    monkeypatch.setenv("SEISGUI_WEIGHTS_URL", "ftp://example.org")
    with pytest.raises(InputError, match="no web address"):
        finish(official_steps(OFFICIAL))


def test_a_cache_that_cannot_be_written_is_a_sentence(tmp_path, mirror, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    with pytest.raises(FailureError, match="cannot be written"):
        finish(official_steps(OFFICIAL))


def test_weights_that_a_network_has_not_are_told():
    assert official(catalogue.network("resnet50"), "imagenet-v2").file == "resnet50-11ad3fa6.pth"
    with pytest.raises(InputError, match="no imagenet weights for unet"):
        official(catalogue.network("unet"), "imagenet")
