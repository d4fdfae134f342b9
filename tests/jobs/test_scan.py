"""Scanning a SEG-Y in the data process."""

from __future__ import annotations

from seisgui.jobs.messages import DATA, CallRequest, Failed, Finished, Progress, ScanRequest, Status
from seisgui.seismic.synthetic import make_sample_survey


def test_a_scan_comes_back_with_the_geometry_and_never_loads_torch(worker, tmp_path):
    make_sample_survey(tmp_path / "sample.sgy")
    data = worker(DATA)
    job = data.client.submit(ScanRequest(tmp_path / "sample.sgy"))
    scan = data.result(job)
    assert scan.kind == "volume"
    assert scan.candidates[0].n_inline * scan.candidates[0].n_crossline >= scan.n_traces
    assert isinstance(data.event(job), Progress)
    data.until(lambda reply: isinstance(reply, Status) and reply.ready)
    seen = data.result(data.client.submit(CallRequest("sample_jobs:environment", kind=DATA)))
    assert not seen["torch"]


def test_what_is_no_segy_is_a_sentence_naming_the_file(worker, tmp_path):
    (tmp_path / "picture.sgy").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    data = worker(DATA)
    failed = data.end(data.client.submit(ScanRequest(tmp_path / "picture.sgy")))
    assert isinstance(failed, Failed)
    assert "picture.sgy" in failed.sentence
    assert "unexpected error" not in failed.sentence


def test_a_file_that_is_gone_is_a_sentence(worker, tmp_path):
    data = worker(DATA)
    failed = data.end(data.client.submit(ScanRequest(tmp_path / "gone.sgy")))
    assert isinstance(failed, Failed)
    assert "gone.sgy" in failed.sentence


def test_a_real_survey_is_scanned(worker, shared_data):
    data = worker(DATA)
    path = next(iter(sorted((shared_data / "segy").glob("*.sgy"))))
    end = data.end(data.client.submit(ScanRequest(path)), seconds=60)
    assert isinstance(end, Finished), end
    assert end.result.path.name == path.name
