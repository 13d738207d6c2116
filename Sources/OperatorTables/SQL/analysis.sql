-- Lets the planner know what is there.
analyze crm.customers;
analyze crm.usage_monthly;
analyze crm.predictions;
analyze crm.outcomes;
analyze crm.campaign_members;
analyze crm.campaign_contacts;
