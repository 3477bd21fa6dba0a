"""What the stream tells about itself, as Prometheus reads it; answered on its own port alone."""

from huying.live.hub import Hub


def text(hub: Hub) -> str:
    """Return every figure. Source: Prometheus text format 0.0.4."""
    lag = (hub.told_at - hub.newest_at).total_seconds() if hub.told_at and hub.newest_at else 0.0
    rows = (
        ("huying_live_viewers", "gauge", "Streams that are open.", len(hub.viewers)),
        ("huying_live_events_total", "counter", "Steps handed to viewers.", hub.counts["events"]),
        (
            "huying_live_dropped_total",
            "counter",
            "Streams ended since they were too slow.",
            hub.counts["dropped"],
        ),
        ("huying_live_refused_total", "counter", "Streams that were not let in.", hub.counts["refused"]),
        ("huying_live_lag_seconds", "gauge", "Age of the newest step when it was last told.", max(lag, 0.0)),
    )
    return "".join(
        f"# HELP {name} {says}\n# TYPE {name} {kind}\n{name} {value:g}\n" for name, kind, says, value in rows
    )
