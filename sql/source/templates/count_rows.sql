-- How many predictions are there?
select count(*) as rows from :table where :condition
