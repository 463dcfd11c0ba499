from pathlib import Path

from embedded.layout import lay_out_federation


def site(folder: Path, name: str, text: str) -> Path:
    file = folder / "sites" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_fills_addresses_in_and_leaves_other_dollars_alone(tmp_path: Path) -> None:
    site(tmp_path / "source", "a.yaml", "endpoint: ${IM_URL}\nprice: 3$ ${OTHER}\n")
    lay_out_federation(tmp_path / "target", {"IM_URL": "http://127.0.0.1:8800"}, tmp_path / "source")
    laid_out = (tmp_path / "target" / "sites" / "a.yaml").read_text()
    assert laid_out == "endpoint: http://127.0.0.1:8800\nprice: 3$ ${OTHER}\n"


def test_forgets_what_the_source_has_no_more(tmp_path: Path) -> None:
    gone = site(tmp_path / "source", "gone.yaml", "a: 1\n")
    site(tmp_path / "source", "stays.yaml", "b: 1\n")
    lay_out_federation(tmp_path / "target", {}, tmp_path / "source")
    gone.unlink()
    lay_out_federation(tmp_path / "target", {}, tmp_path / "source")
    assert [file.name for file in (tmp_path / "target" / "sites").iterdir()] == ["stays.yaml"]


def test_makes_the_folders_even_if_there_is_no_source(tmp_path: Path) -> None:
    lay_out_federation(tmp_path / "target", {}, tmp_path / "nowhere")
    assert (tmp_path / "target" / "agreements").is_dir()
