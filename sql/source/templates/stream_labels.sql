-- Predictions with what was known of their outcomes at one moment, or at two.
copy (
  select k.at, :version_out k.score, k.decision:states:segments_out
  from (:observed) as k
) to stdout (format binary)
