-- The assignments of another campaign.
select :unit as unit, :time::timestamptz as at from :assignments
where :condition and :arm is not null
