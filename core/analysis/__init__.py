"""What analysts work with: documented views of the desk, live (`open_analysis`) or as Parquet (`publish`)."""

from core.analysis.live import LiveAnalysis, open_analysis
from core.analysis.publication import Publication, publish, read_publication
from core.analysis.views import VERSION, View, views

__all__ = ["VERSION", "LiveAnalysis", "Publication", "View", "open_analysis", "publish", "read_publication", "views"]
