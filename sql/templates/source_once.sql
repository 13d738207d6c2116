-- Predictions, each id once: the earliest row of an id counts.
(select distinct on (:id) *
 from :table
 where :condition
 order by :id, :time) as once
