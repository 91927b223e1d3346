"""What the window can do beyond showing, painting and labelling a pair: one class for each thing.

A feature is made once from the parts. It makes its own panel, adds it to the window, binds its
rows of the table, and connects itself; nothing else knows it. A new one goes into ``FEATURES``.
"""

from thalia_viewer.features.compare import Compare
from thalia_viewer.features.computing import ComputingFeature
from thalia_viewer.features.conflicts import ConflictsFeature
from thalia_viewer.features.contact import ContactFeature
from thalia_viewer.features.events import EventsFeature
from thalia_viewer.features.exchange import ExchangeFeature
from thalia_viewer.features.feature import Feature
from thalia_viewer.features.finding import FindingMemory
from thalia_viewer.features.finishing import FinishingFeature
from thalia_viewer.features.gate import GateFeature
from thalia_viewer.features.geotiff import GeotiffFeature
from thalia_viewer.features.height import HeightFeature
from thalia_viewer.features.history import HistoryFeature
from thalia_viewer.features.instances import Instances
from thalia_viewer.features.keyboard import KeyboardFeature
from thalia_viewer.features.looks import Looks
from thalia_viewer.features.masks import MaskView
from thalia_viewer.features.masktools import MaskTools
from thalia_viewer.features.panels import Panels
from thalia_viewer.features.picture import PictureFeature
from thalia_viewer.features.plots import PairPlots
from thalia_viewer.features.profile import ProfileFeature
from thalia_viewer.features.proposals import ProposalsFeature
from thalia_viewer.features.recent import RecentFeature
from thalia_viewer.features.recovery import RecoveryFeature
from thalia_viewer.features.series import SeriesFeature
from thalia_viewer.features.settings import SettingsFeature
from thalia_viewer.features.source import SourceFeature
from thalia_viewer.features.tidying import Tidying
from thalia_viewer.features.visited import Visited
from thalia_viewer.features.wand import WandFeature

__all__ = ["FEATURES", "Feature"]

FEATURES: tuple[type[Feature], ...] = (
    FindingMemory,
    PairPlots,
    Visited,
    RecentFeature,
    PictureFeature,
    ContactFeature,
    GeotiffFeature,
    ExchangeFeature,
    KeyboardFeature,
    SettingsFeature,
    Instances,
    Panels,
    Looks,
    MaskView,
    GateFeature,
    Compare,
    ComputingFeature,
    ProfileFeature,
    HeightFeature,
    SeriesFeature,
    SourceFeature,
    HistoryFeature,
    FinishingFeature,
    RecoveryFeature,
    ConflictsFeature,
    MaskTools,
    Tidying,
    WandFeature,
    ProposalsFeature,
    EventsFeature,
)
