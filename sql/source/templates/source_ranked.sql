-- Predictions of a range of time with the decision that depends on all others of their bucket.
(select *, (:decision)::boolean as plumbline_decision
 from :source
 where :time >= :from and :time < :to and :score between 0 and 1:filter) as ranked
