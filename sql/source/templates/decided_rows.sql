-- Rows with their version and what became of the prediction: true positives and false negatives are
-- churners who were known to be ones by a label age, false positives other flagged customers. True
-- negatives are left out.
(select t.*, :version || chr(31) || d.outcome as plumbline_outcome
 from (select * from :source where :time >= :from and :time < :to:filter) as t
 join (
   select k.id, k.at,
     case
       when k.label and k.known <= k.at + :age then case when k.decision then 'true_positive' else 'false_negative' end
       when k.decision then 'false_positive'
     end as outcome
   from (
     select k.id, k.at, k.decision:states
     from (:observed) as k
   ) as k(id, at, decision, label, is_final, issues, known)
   where k.decision is not null
 ) as d on d.id = t.:id and d.at = t.:time::timestamptz and d.outcome is not null) as decided
