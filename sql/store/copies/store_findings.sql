-- The findings of a check.
copy plumbline.finding (check_run_id, model_version, window_kind, window_from, window_to,
  check_name, subject, segment, value, interval_lower, interval_upper, reference, threshold,
  sample, reference_sample, rule, verdict, severity, reason, details)
from stdin (format binary)
