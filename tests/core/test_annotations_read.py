"""The public annotation files: all of them counted, the inconsistent named, bad ones told."""

import io
import json
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from support.annotations import SQUARE, sample, write
from support.cubes import FRAME, PAIRS, small_cube

from thalia_core.build.annotations.importing import fields_of
from thalia_core.build.annotations.records import parse_sample, read_samples
from thalia_core.errors import BuildError


@pytest.fixture(scope="module")
def archive(shared_data: Path) -> Path:
    return shared_data / "data" / "thalia" / "annotations.tar.gz"


@pytest.fixture(scope="module")
def public(archive: Path):
    return read_samples(archive)


def words(codes) -> dict[str, int]:
    return dict(Counter(code.name.capitalize() for code in codes))


def test_counts_of_the_benchmark(public):
    samples, _ = public
    assert len(samples) == 19_919
    assert Counter(word for s in samples for word in s.labels) == {
        "Non_Deformation": 18_100, "Deformation": 1_804, "Earthquake": 55
    }  # fmt: skip
    assert words(code for s in samples for code in s.activities) == {
        "Sill": 1_264, "Dyke": 527, "Mogi": 333, "Earthquake": 55, "Unidentified": 51,
        "Spheroid": 25,
    }  # fmt: skip
    assert words(code for s in samples for code in s.intensities) == {
        "Low": 909, "Medium": 536, "High": 754, "None": 55
    }  # fmt: skip
    assert words(s.activity_phase for s in samples) == {
        "Rest": 18_100, "Unrest": 1_670, "Rebound": 134, "None": 15
    }  # fmt: skip
    assert sum(s.usable for s in samples) == 18_926
    assert sum(s.positive for s in samples) == 1_819
    assert sum(len(s.polygons) for s in samples) == 2_253 - 2
    assert max(len(s.caption) for s in samples) == 572


def test_positives_and_negatives_of_the_splits(public, shared_data):
    index = json.loads((shared_data / "data" / "thalia" / "quality_timeseries.json").read_bytes())
    listed = {n for frame in index.values() for group in frame.values() for n in group["uniqueID"]}
    samples = [s for s in public[0] if s.unique_id in listed]
    assert all(s.usable for s in samples)
    spans = {"train": ("2014", "2019-05-32"), "val": ("2019-06", "2019-13"), "test": ("2020", "3")}
    counted = {
        name: Counter(s.positive for s in samples if first <= str(s.pair.primary) < end)
        for name, (first, end) in spans.items()
    }
    assert {name: (found[True], found[False]) for name, found in counted.items()} == {
        "train": (1_143, 8_697), "val": (154, 2_416), "test": (509, 5_992)
    }  # fmt: skip


def test_the_inconsistent_samples_are_named_and_keep_their_label(public):
    samples, findings = public
    assert [str(finding) for finding in findings] == [
        "sample 332 (155D_02484_191814 20210506_20210518): glacier_fringes is 2, not one of 0, 1; "
        "left out",
        "sample 850 (128D_09016_110500 20170928_20171115): 1 polygon, 2 types, 1 intensity: which "
        "belongs to which is not said; polygons left out",
        "sample 6176 (087D_07004_060904 20180517_20180529): 1 polygon, 2 types, 2 intensities: "
        "which belongs to which is not said; polygons left out",
        "sample 6950 (087D_07004_060904 20201220_20210113): is_crowd is 1 with 1 polygon; kept",
    ]
    by_number = {s.unique_id: s for s in samples}
    assert json.loads(str(fields_of(by_number[850], [])["instances"])) == [
        {"instance": 1, "activity_type": "Sill", "intensity_level": "None", "mask": False},
        {"instance": 2, "activity_type": "Mogi", "intensity_level": "None", "mask": False},
    ]
    assert json.loads(str(fields_of(by_number[6176], [])["instances"])) == [
        {"instance": 1, "activity_type": "Dyke", "intensity_level": "High", "mask": False},
        {"instance": 2, "activity_type": "Sill", "intensity_level": "Low", "mask": False},
    ]
    assert "glacier_fringes" not in fields_of(by_number[332], [])
    assert by_number[6950].flags["is_crowd"] == 1
    assert all(by_number[number].usable for number in (332, 850, 6176, 6950))


BAD = {
    "dates reversed": (
        {"primary_date": "20240118", "secondary_date": "20240106"},
        "its dates 20240118_20240106 are reversed",
    ),
    "no date": ({"primary_date": "2024011"}, "not a date pair"),
    "unknown type": ({"activity_type": ["Lake"]}, "its activity_type 'Lake' is none of None, Sill"),
    "type None": ({"activity_type": ["None"]}, "an instance has the activity_type None"),
    "null type": ({"activity_type": [None]}, "its activity_type None is none of None, Sill"),
    "types no list": ({"activity_type": None}, "its activity_type is no list"),
    "no polygons": ({"segmentation_mask": None}, "its segmentation_mask is no list"),
    "short polygon": ({"segmentation_mask": [[1, 2, 3, 4]]}, "a polygon of 4 numbers is none"),
    "odd polygon": ({"segmentation_mask": [[1, 2, 3, 4, 5, 6, 7]]}, "a polygon of 7 numbers"),
    "far polygon": (
        {"segmentation_mask": [[0, 0, 1e300, 0, 5, 5]]},
        "a polygon reaches farther than any frame",
    ),
    "text in polygon": (
        {"segmentation_mask": [["a", 0, 1, 0, 5, 5]]},
        "its segmentation_mask a is no number",
    ),
    "label": ({"label": ["Lava"]}, "its label is ['Lava']"),
    "no label": ({"label": []}, "its label is []"),
    "label is text": ({"label": "Deformation"}, "its label is no list"),
    "label says otherwise": (
        {"label": ["Non_Deformation"]},
        "its label Non_Deformation contradicts phase Unrest and types Mogi",
    ),
    "confidence": ({"confidence": 1.5}, "its confidence is 1.5, not from 0 to 1"),
    "caption": ({"caption": None}, "its caption is no text"),
    "frame": ({"frameID": 7}, "its frameID is no text"),
    "number": ({"uniqueID": 2.5}, "its uniqueID 2.5 is no whole number from 0"),
    "huge number": ({"uniqueID": 10**400}, "is no number"),
    "phase": ({"phase": "Sleep"}, "its phase 'Sleep' is none of None, Rest, Unrest, Rebound"),
    "flag": ({"corrupted": "no"}, "its corrupted no is no number"),
    "preview": ({"preview_size": 3}, "its preview_size 3 is not [width, height]"),
}


@pytest.mark.parametrize(("change", "why"), BAD.values(), ids=BAD)
def test_what_is_no_sample_is_left_out_and_told(tmp_path, change, why):
    good = sample(2, PAIRS[1])
    folder = write(tmp_path, sample(1, PAIRS[0], SQUARE), good)
    (folder / "1.json").write_text(json.dumps(sample(1, PAIRS[0], SQUARE) | change))
    samples, findings = read_samples(folder)
    assert [s.unique_id for s in samples] == [2]
    assert len(findings) == 1
    assert str(findings[0]).startswith(f"{folder / '1.json'}: ")
    assert why in findings[0].why
    assert findings[0].why.endswith("; left out")


@pytest.mark.parametrize(
    "text", ["", "{", "[1, 2]", "\xff\xfe", "[" * 100_000, '{"uniqueID": 1}', "NaN"]
)
def test_corrupt_json_is_told(tmp_path, text):
    folder = write(tmp_path, sample(2))
    (folder / "1.json").write_bytes(text.encode("latin-1"))
    samples, findings = read_samples(folder)
    assert len(samples) == len(findings) == 1
    assert any(w in findings[0].why for w in ("damaged JSON", "no JSON object", "it has no '"))


def test_what_is_odd_but_plain_is_kept_and_told():
    quake = sample(
        1, PAIRS[0], SQUARE, activity_type=["Earthquake"], phase="None", label=["Earthquake"]
    )
    found, odd = parse_sample(json.dumps(quake).encode())
    assert odd == ["polygon 1: an Earthquake has no intensity; Low left out"]
    assert found.intensities == (0,)
    found, odd = parse_sample(json.dumps(sample(1, PAIRS[0], corrupted=7)).encode())
    assert odd == ["corrupted is 7, not one of 0, 1; left out"]
    assert not found.usable
    assert "corrupted" not in fields_of(found, [])


def test_a_pair_that_stands_there_twice(tmp_path):
    folder = write(tmp_path, sample(1), sample(2), sample(1, PAIRS[1]) | {"uniqueID": 3})
    (folder / "4.json").write_text(json.dumps(sample(3, PAIRS[2])))
    samples, findings = read_samples(folder)
    assert [s.unique_id for s in samples] == [1, 3]
    assert [f.why for f in findings] == [
        f"sample 2 ({FRAME} {PAIRS[0]}) stands there twice, also as sample 1 ({FRAME} {PAIRS[0]}); "
        "left out",
        f"sample 3 ({FRAME} {PAIRS[2]}) stands there twice, also as sample 3 ({FRAME} {PAIRS[1]}); "
        "left out",
    ]


def pack(out: Path, samples, kind: str) -> Path:
    texts = {f"annotations/{one['uniqueID']}.json": json.dumps(one).encode() for one in samples}
    texts |= {"annotations/._1.json": b"\0", "annotations/readme.txt": b"x"}
    if kind == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
        return out
    with tarfile.open(out, f"w:{kind}") as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return out


MANY = [sample(n, PAIRS[0], frameID=f"{n:03d}A_00000_000000") for n in range(1, 120)]


@pytest.mark.parametrize(
    ("name", "kind"), [("a.zip", "zip"), ("a.tar.gz", "gz"), ("a.TGZ", "gz"), ("a.tar.xz", "xz"),
                   ("a.tar", "")]
)  # fmt: skip
def test_archives_of_all_kinds(tmp_path, name, kind):
    samples, findings = read_samples(pack(tmp_path / name, MANY, kind))
    assert [s.unique_id for s in samples] == list(range(1, 120))
    assert not findings


@pytest.mark.parametrize(
    ("name", "kind"), [("a.tar.gz", "gz"), ("a.zip", "zip"), ("a.tar.xz", "xz")]
)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_an_archive_that_is_cut_off_is_refused(tmp_path, name, kind, share):
    whole = pack(tmp_path / name, MANY, kind)
    data = whole.read_bytes()
    whole.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BuildError) as caught:
        read_samples(whole)
    assert str(caught.value).startswith(f"cannot read the annotations: {whole}; ")
    assert str(caught.value).endswith("the archive is cut off or damaged: get it again")


def test_a_damaged_archive_is_refused(tmp_path):
    whole = pack(tmp_path / "a.tar.gz", MANY, "gz")
    data = bytearray(whole.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = b"\xff" * 40
    whole.write_bytes(data)
    with pytest.raises(BuildError, match="cannot read the annotations"):
        read_samples(whole)


def test_nothing_to_read(tmp_path, verb):
    cube = small_cube(tmp_path)
    (tmp_path / "empty").mkdir()
    done = verb("annotations", "import", cube, tmp_path / "empty")
    assert done.returncode == 2
    assert done.stderr == (
        f"thalia: no annotations here: {tmp_path / 'empty'}; there is no *.json in it; give the "
        "folder or archive of the public annotations\n"
    )
    done = verb("annotations", "import", cube, tmp_path / "nowhere")
    assert done.returncode == 2
    assert "cannot read the annotations" in done.stderr
    assert "No such file or directory" in done.stderr
    done = verb("annotations", "import", tmp_path / "no.zarr", write(tmp_path / "j", sample()))
    assert done.returncode == 2
    assert "no such path" in done.stderr
