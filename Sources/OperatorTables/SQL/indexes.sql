-- What an operator's database would have.
create index on crm.predictions (predicted_at);
create index on crm.predictions (prediction_id);
create index on crm.predictions (customer_id);
create index on crm.outcomes (customer_id);
create index on crm.outcomes (observed_at);
create index on crm.usage_monthly (customer_id, month);
create index on crm.campaign_members (customer_id);
