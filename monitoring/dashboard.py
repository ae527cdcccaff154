"""The dashboard, row by row. `python -m monitoring` draws it as dashboard.json."""

from typing import Final

from monitoring.panel import Panel, Query, Row

RATE: Final = "$__rate_interval"
"""Grafana's own: long enough for a rate, as short as the zoom allows."""
ASKED: Final = 'cutout_requests_total{route!~"/health.*|/metrics|"}'
"""What clients asked for; not probes, and not what leads nowhere."""
FAULTS: Final = (
    "internal_error|starting|model_unavailable|limits_unavailable|store_unavailable|inference_timeout"  # as alerts.yaml
)

READING: Final = """\
| what is going on | what shows it |
|---|---|
| **the store is slow** | *Store, p95* is yellow or red; below, the stage `cache` grows most, or `store` |
| **the store fails** | *Store failures*; pictures are still made, the hit ratio falls |
| **Triton restarts** | *Model lost* is above 0 while *Youngest instance* is old |
| **a cold start** | *Youngest instance* has dropped; *Starting for* is not 0, if longer than a scrape; nothing is lost |
| **one client floods** | *Busiest client* is near 100 % while *Over their rate* or *Refused, full* is not 0 |
| **too much honest traffic** | *Refused, full* without a busiest client |
| **out of memory** | *Memory*; then an instance is young that should not be |

What to do is in docs/runbook.md, by the name of the alert."""


def quantile(share: float, histogram: str, by: str = "", labels: str = "", window: str = RATE) -> str:
    """PromQL of a quantile of `histogram`, for each value of the label `by`."""
    grouped = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({grouped}) (rate({histogram}_bucket{labels}[{window}])))"


# A table: what is seen, what it means, what is asked.
# fmt: off

NOW: Final = Row(
    "What is going on",
    (
        Panel("Ready", "stat", "percentunit", "Share of the instances whose model answers.",
              (Query("avg(cutout_ready)"),),
              warn=0.99, alarm=0.5),
        Panel("Requests", "stat", "reqps", "What clients ask for.",
              (Query(f"sum(rate({ASKED}[2m]))"),)),
        Panel("Failing", "stat", "percentunit",
              "Share of the requests that fail, and it is our fault; what is refused for want of capacity is not among them.",
              (Query(f'sum(rate(cutout_problems_total{{code=~"{FAULTS}"}}[2m])) / sum(rate({ASKED}[2m]))'),),
              warn=0.001, alarm=0.01),
        Panel("Pictures, p95", "stat", "s", "From the last byte of the upload to the first of the answer.",
              (Query(quantile(0.95, "cutout_picture_seconds", window="2m")),),
              warn=5, alarm=15),
        Panel("Refused, full", "stat", "percentunit", "Share of the requests that are refused for want of capacity.",
              (Query(f'sum(rate(cutout_problems_total{{code="overloaded"}}[2m])) / sum(rate({ASKED}[2m]))'),),
              warn=0.001, alarm=0.05),
        Panel("Over their rate", "stat", "percentunit", "Share of the requests that are answered 429.",
              (Query(f'sum(rate(cutout_problems_total{{code="rate_limited"}}[2m])) / sum(rate({ASKED}[2m]))'),),
              warn=0.02, alarm=0.2),
        Panel("Busiest client", "stat", "percentunit",
              "The busiest client's share of an instance's requests within a minute. Of a few requests it says nothing.",
              (Query("max(cutout_busiest_client_share)"),),
              warn=0.5, alarm=0.9),
        Panel("Starting for", "stat", "s", "The longest that the model of some instance was seen starting, within ten minutes.",
              (Query("max(max_over_time(cutout_starting_seconds[10m]))"),),
              warn=1, alarm=90),
        Panel("Model lost", "stat", "short",
              "How often a model that served went away, within fifteen minutes. A deployment does not count.",
              (Query("sum(increase(cutout_model_losses_total[15m]))"),),
              warn=0.5, alarm=2.5),
        Panel("Youngest instance", "stat", "s", "Since its process started.",
              (Query('min(time() - process_start_time_seconds{job="cutout"})'),)),
        Panel("Store, p95", "stat", "s", "Of reading and writing one object.",
              (Query(quantile(0.95, "cutout_store_seconds", labels='{operation=~"get|put|head"}', window="2m")),),
              warn=0.5, alarm=1),
        Panel("Store failures", "stat", "short", "Operations of the store that failed within five minutes.",
              (Query("sum(increase(cutout_store_failures_total[5m]))"),),
              warn=0.5, alarm=5),
        Panel("Memory", "stat", "percentunit", "Used of the container's limit, of the instance that uses most.",
              (Query("max(cutout_memory_used_bytes / cutout_memory_limit_bytes)"),),
              warn=0.7, alarm=0.8),
        Panel("Firing alerts", "table", "short", "By monitoring/alerts.yaml.",
              (Query('ALERTS{alertstate="firing"}'),), needs="rules"),
    ),
    note=READING,
)

TRAFFIC: Final = Row(
    "Traffic and errors",
    (
        Panel("Requests by route", "stack", "reqps", "What clients ask for.",
              (Query(f"sum by (route) (rate({ASKED}[{RATE}]))", "{{route}}"),)),
        Panel("Answers by class", "stack", "reqps",
              "4xx are the client's, and those that left before their answer; 5xx are ours.",
              (Query(f"sum by (status) (rate({ASKED}[{RATE}]))", "{{status}}"),)),
        Panel("Errors by route", "lines", "percentunit",
              "Share of each route's requests that are answered 5xx, refusals for want of capacity among them.",
              (
                  Query(
                      f'(sum by (route) (rate(cutout_requests_total{{route!~"/health.*|/metrics|",status="5xx"}}[{RATE}])) '
                      f"or 0 * sum by (route) (rate({ASKED}[{RATE}]))) / sum by (route) (rate({ASKED}[{RATE}]))",
                      "{{route}}",
                  ),
              )),
        Panel("Problems by code", "lines", "reqps", "What clients were told; the codes are those of the API.",
              (Query(f"sum by (code) (rate(cutout_problems_total[{RATE}]))", "{{code}}"),)),
    ),
)

LATENCY: Final = Row(
    "Where the time goes",
    (
        Panel("Pictures that were computed", "lines", "s",
              "From the last byte of the upload to the first of the answer. Typical figures: docs/performance.md.",
              tuple(
                  Query(quantile(share, "cutout_picture_seconds", labels='{outcome!="hit"}'), f"p{100 * share:g}")
                  for share in (0.5, 0.95, 0.99)
              )),
        Panel("Pictures that were kept", "lines", "s", "The same, of hits of the cache.",
              tuple(
                  Query(quantile(share, "cutout_picture_seconds", labels='{outcome="hit"}'), f"p{100 * share:g}")
                  for share in (0.5, 0.95, 0.99)
              )),
        Panel("Seconds a picture, by stage", "stack", "s",
              "What an average picture's time is spent on. The stages are those of Server-Timing and of the log.",
              (
                  Query(
                      f"sum by (stage) (rate(cutout_stage_seconds_sum[{RATE}])) "
                      f"/ on () group_left sum(rate(cutout_picture_seconds_count[{RATE}]))",
                      "{{stage}}",
                  ),
              )),
        Panel("Stages, p95", "lines", "s", "Of the requests that came to that stage.",
              (Query(quantile(0.95, "cutout_stage_seconds", "stage"), "{{stage}}"),)),
        Panel("Effects, p95", "lines", "s", "Drawing each effect.",
              (Query(quantile(0.95, "cutout_effect_seconds", "effect"), "{{effect}}"),)),
        Panel("Whole requests, p95", "lines", "s", "With upload and download: a slow phone counts in full.",
              (Query(quantile(0.95, "cutout_request_seconds", "route", '{route!~"/health.*|/metrics|"}'), "{{route}}"),)),
    ),
)

MODEL: Final = Row(
    "Model",
    (
        Panel("Pictures a batch", "lines", "short", "Above 1 under load, else nothing is batched.",
              (
                  Query(
                      f"sum by (model, version) (rate(nv_inference_count[{RATE}])) "
                      f"/ sum by (model, version) (rate(nv_inference_exec_count[{RATE}]))",
                      "{{model}}/{{version}}",
                  ),
              )),
        Panel("Triton's queue", "lines", "s", "How long an inference waits for its batch and for an instance of the model.",
              (
                  Query(
                      f"sum by (model, version) (rate(nv_inference_queue_duration_us[{RATE}])) / 1e6 "
                      f"/ sum by (model, version) (rate(nv_inference_request_success[{RATE}]))",
                      "{{model}}/{{version}}",
                  ),
              )),
        Panel("Triton's computing", "lines", "s", "Of one inference: reading its tensors, the network, writing.",
              tuple(
                  Query(
                      f"sum(rate(nv_inference_compute_{part}_duration_us[{RATE}])) / 1e6 "
                      f"/ sum(rate(nv_inference_request_success[{RATE}]))",
                      part,
                  )
                  for part in ("input", "infer", "output")
              )),
        Panel("Waiting in Triton", "lines", "short", "Inferences that have not begun.",
              (Query("sum by (instance, model) (nv_inference_pending_request_count)", "{{instance}} {{model}}"),)),
        Panel("Failures in Triton", "lines", "ops", "By Triton's own reasons.",
              (Query(f"sum by (model, reason) (rate(nv_inference_request_failure[{RATE}]))", "{{model}} {{reason}}"),)),
        Panel("Pictures by version", "stack", "ops", "Which version of which model found the subject.",
              (Query(f"sum by (model, version) (rate(cutout_pictures_total[{RATE}]))", "{{model}}/{{version}}"),)),
        Panel("GPU", "lines", "percentunit", "How busy it is. Needs a GPU.",
              (Query("nv_gpu_utilization", "{{instance}} {{gpu_uuid}}"),), needs="gpu"),
        Panel("GPU memory", "lines", "percentunit", "Used of what there is. Needs a GPU.",
              (Query("nv_gpu_memory_used_bytes / nv_gpu_memory_total_bytes", "{{instance}} {{gpu_uuid}}"),), needs="gpu"),
    ),
)

PRESSURE: Final = Row(
    "Back-pressure",
    (
        Panel("Permits in use", "lines", "percentunit", "Held by pictures in work. All of them means that others wait.",
              (Query("cutout_permits_used / cutout_permits", "{{instance}}"),)),
        Panel("Places taken", "lines", "percentunit",
              "By pictures in work or waiting. All of them means that others are refused.",
              (Query("cutout_places_used / cutout_places", "{{instance}}"),)),
        Panel("Waiting for permits", "lines", "short", "Pictures.",
              (Query("cutout_queue_depth", "{{instance}}"),)),
        Panel("Refused", "lines", "reqps", "For want of capacity, or because a client asks more often than it may.",
              (Query(f'sum by (code) (rate(cutout_problems_total{{code=~"overloaded|rate_limited"}}[{RATE}]))', "{{code}}"),)),
        Panel("Busiest client", "lines", "percentunit", "Its share of the last minute's requests. Who it is, the log says.",
              (Query("cutout_busiest_client_share", "{{instance}}"),)),
        Panel("Requests that Redis did not count", "lines", "reqps", "As it was away. 0 where none is shared.",
              (Query(f"sum by (instance) (rate(cutout_rates_without_redis_total[{RATE}]))", "{{instance}}"),)),
    ),
)

STORE: Final = Row(
    "Cache and store",
    (
        Panel("Hits", "lines", "percentunit", "Share of the pictures that had been kept.",
              (
                  Query(
                      f'sum(rate(cutout_cache_requests_total{{outcome="hit"}}[{RATE}])) '
                      f"/ sum(rate(cutout_cache_requests_total[{RATE}]))",
                      "hits",
                  ),
              )),
        Panel("What the cache did", "stack", "reqps",
              "Coalesced are those that joined the same picture while it was being made.",
              (Query(f"sum by (outcome) (rate(cutout_cache_requests_total[{RATE}]))", "{{outcome}}"),)),
        Panel("Operations by result", "stack", "ops", "Absent is an answer, too; failed is the store's own fault.",
              (Query(f"sum by (operation, result) (rate(cutout_store_seconds_count[{RATE}]))", "{{operation}} {{result}}"),)),
        Panel("Operations, p95", "lines", "s", "A folder takes milliseconds, a bucket a tenth of a second.",
              (Query(quantile(0.95, "cutout_store_seconds", "operation"), "{{operation}}"),)),
        Panel("Uploads that succeed", "lines", "percentunit", "Share of the writes that did not fail.",
              (
                  Query(
                      f'sum(rate(cutout_store_seconds_count{{operation="put",result!="failed"}}[{RATE}])) '
                      f'/ sum(rate(cutout_store_seconds_count{{operation="put"}}[{RATE}]))',
                      "uploads",
                  ),
              )),
        Panel("Failures", "lines", "ops", "Of the store, and of the cache, which then has the picture computed.",
              (
                  Query(f"sum(rate(cutout_store_failures_total[{RATE}]))", "store"),
                  Query(f"sum(rate(cutout_cache_faults_total[{RATE}]))", "cache"),
              )),
    ),
)

STARTS: Final = Row(
    "Starts and memory",
    (
        Panel("Starts", "lines", "short", "Times that the model came to serve, within an hour.",
              (Query("sum by (instance) (increase(cutout_cold_starts_total[1h]))", "{{instance}}"),)),
        Panel("How long the last start took", "lines", "s",
              "From the command to the first inference; and to the first client's cut-out, which has to come to be counted.",
              (
                  Query("cutout_cold_start_seconds", "{{instance}}: inference"),
                  Query("cutout_first_result_seconds", "{{instance}}: cut-out"),
              )),
        Panel("Memory", "lines", "percentunit",
              "Of the container, or of the machine outside one, without what can be dropped.",
              (Query("cutout_memory_used_bytes / cutout_memory_limit_bytes", "{{instance}}"),)),
        Panel("The gateway's own memory", "lines", "bytes", "Resident, without Triton's.",
              (Query('process_resident_memory_bytes{job="cutout"}', "{{instance}}"),)),
        Panel("The kernel's notes of too little memory", "lines", "short", "Needs a container with a limit.",
              (Query("sum by (instance, event) (increase(cutout_memory_events_total[15m]))", "{{instance}} {{event}}"),),
              needs="cgroup"),
        Panel("The gateway's processor time", "lines", "short", "Cores in use, without Triton's.",
              (Query(f'rate(process_cpu_seconds_total{{job="cutout"}}[{RATE}])', "{{instance}}"),)),
        Panel("What runs", "table", "short", "Version and revision of each instance; after a deployment there is one.",
              (Query("count by (version, revision) (cutout_build_info)"),)),
        Panel("What serves", "table", "short", "The version of the model that answers who names none.",
              (Query("count by (model, version) (cutout_model_info)"),)),
    ),
)

ROLLOUT: Final = Row(
    "Rollout",
    (
        Panel("Weight", "lines", "short", "Percent of the callers that a version answers. Needs a rollout.",
              (Query("max by (model, version) (cutout_rollout_weight)", "{{model}}/{{version}}"),), needs="rollout"),
        Panel("Guard", "lines", "short", "What it says of the candidate: hold, step, promote, roll back. Needs a rollout.",
              (Query("sum by (action) (cutout_rollout_guard)", "{{action}}"),), needs="rollout"),
        Panel("Changes of the plan", "lines", "short", "Made by the guard, within fifteen minutes.",
              (Query("sum by (event) (increase(cutout_rollout_events_total[15m]))", "{{event}}"),)),
    ),
)

PROMISE: Final = Row(
    "Promise",
    (
        Panel("Kept, thirty days", "stat", "percentunit",
              "Share of the requests that were not failed; promised are 99.5 % (docs/slo.md).",
              (
                  Query(
                      f'1 - sum(increase(cutout_problems_total{{code=~"{FAULTS}|overloaded"}}[30d])) '
                      f"/ sum(increase({ASKED}[30d]))"
                  ),
              ), warn=0.9975, alarm=0.995),
        Panel("Budget left", "stat", "percentunit", "Of the failures that thirty days allow. Below 0 it is spent.",
              (
                  Query(
                      f'1 - sum(increase(cutout_problems_total{{code=~"{FAULTS}|overloaded"}}[30d])) '
                      f"/ sum(increase({ASKED}[30d])) / 0.005"
                  ),
              ), warn=0.5, alarm=0),
        Panel("In time, thirty days", "stat", "percentunit",
              "Share of the pictures made within 5 s, or 0.25 s where they had been kept; promised are 95 %.",
              (
                  Query(
                      '((sum(increase(cutout_picture_seconds_bucket{outcome!="hit",le=~"5([.]0)?"}[30d])) or vector(0)) '
                      '+ (sum(increase(cutout_picture_seconds_bucket{outcome="hit",le="0.25"}[30d])) or vector(0))) '
                      "/ sum(increase(cutout_picture_seconds_count[30d]))"
                  ),
              ), warn=0.97, alarm=0.95),
    ),
)

# fmt: on

ROWS: Final = (NOW, TRAFFIC, LATENCY, MODEL, PRESSURE, STORE, STARTS, ROLLOUT, PROMISE)
