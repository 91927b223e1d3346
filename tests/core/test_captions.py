"""Captions in the experts' words: suggested, completed, spelled, and older than the mask or not."""

from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.captions import caption_is_older, contradictions, places_of, suggest
from thalia_core.annotate.instances import Instance
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.phrases import misspelled, phrases
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube import schema
from thalia_core.cube.labels import PairLabel

A = PAIRS[0]
SHAPE = (60, 80)
# as they stand in the public files, less double spaces
PUBLIC = {
    "No deformation activity can be detected.": {},
    "The image is corrupted.": {"corrupted": 1, "atmospheric_fringes": 2},
    "The image is very noisy. No information can be extracted.": {"no_info": 1, "low_coherence": 1},
    "Turbulent mixing effect or wave-like patterns caused by liquid and solid particles of the "
    "atmosphere can be detected around the area. Also, noisy areas can be detected due to low "
    "coherence. No deformation activity can be detected.": {
        "atmospheric_fringes": 2,
        "low_coherence": 1,
    },
    "Vertical stratification caused by atmospheric delays can be detected in high altitude areas. "
    "No deformation activity can be detected. The image has a processing error related to swath "
    "merging. Missing information.": {"atmospheric_fringes": 1, "processing_error": 3},
}


@pytest.mark.parametrize("caption", PUBLIC)
def test_the_words_of_the_experts(caption):
    label = PairLabel(**PUBLIC[caption])
    assert suggest(label, []) == caption
    assert contradictions(PairLabel(**PUBLIC[caption], caption=caption), []) == []


def test_patterns_are_named_where_they_are():
    plane = np.zeros((90, 90), np.uint8)
    plane[70:80, 70:80], plane[40:50, 40:50] = 2, 1
    drawn = [Instance(1, 1, 1), Instance(2, 2, 3)]
    label = PairLabel(atmospheric_fringes=2)
    caption = suggest(label, drawn, places_of(plane))
    assert caption == (
        "Turbulent mixing effect can be detected on the wider area of the region. "
        "Two deformation patterns can be detected. "
        "A sill-type deformation pattern of low intensity can be detected on the central side. "
        "A dyke-type deformation pattern of high intensity can be detected on the bottom-right "
        "side of the region."
    )
    assert contradictions(PairLabel(atmospheric_fringes=2, caption=caption), drawn) == []
    assert contradictions(PairLabel(atmospheric_fringes=2, caption=caption), drawn[:1]) == [
        "the caption names a dyke, no instance is one",
        "no instance has high intensity",
        "the caption speaks of two patterns, 1 is drawn",
    ]


def test_misspelled_words_are_found_and_names_are_left_alone():
    text = "Vetical stratification near Fernandina and Wolf, and a turbulent mixing efect."
    found = misspelled(text)
    assert [(m.word, m.instead[0]) for m in found] == [("Vetical", "vertical"), ("efect", "effect")]
    assert all(text[m.start :].startswith(m.word) for m in found)
    assert [m for text in phrases().phrases.values() for m in misspelled(text)] == []
    assert [m for text in phrases().glossary.values() for m in misspelled(text)] == []


def test_sentences_and_terms():
    assert phrases().completions("no deform") == ["No deformation activity can be detected."]
    assert phrases().meaning("Dykes")[0] == "dyke"
    assert phrases().meaning("stratification")[0] == "vertical stratification"
    assert phrases().meaning("the") is None


def test_a_caption_older_than_the_mask_is_known_after_a_restart(tmp_path: Path):
    cube = small_cube(tmp_path)

    def older(session: EditSession) -> bool:
        return caption_is_older(session.label(A).caption, session.history(A))

    session = EditSession.open(cube, "ana", background=False)
    session.annotate(A, "Brush", disc(20, 20, 6, SHAPE), Paint(1, 1))
    assert not older(session), "there is none"
    session.edit_label(A, caption="A sill.")
    assert not older(session)
    session.annotate(A, "Brush", disc(40, 40, 6, SHAPE), Paint(1, 1))
    assert older(session)
    session.close()
    session = EditSession.open(cube, "bob", background=False)
    assert older(session)
    session.undo(A)
    assert not older(session)
    session.redo(A)
    session.edit_label(A, caption="Two sills.")
    assert not older(session)
    session.close()


def test_the_legend_of_processing_errors_says_what_the_captions_of_the_experts_say():
    words = schema.legend("processing_error")
    for code, said in ((2, "debursting step"), (3, "swath merging")):
        label = PairLabel(processing_error=code)
        assert said in suggest(label, [])
        assert words[code].split()[-1] in said
