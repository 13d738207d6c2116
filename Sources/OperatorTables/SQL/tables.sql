-- The simulated operator's tables, and what is true beside what a monitor may see.
create schema crm;
create table crm.customers (
  customer_id text primary key, since date not null, region text not null,
  internet text not null, contract text not null, payment text not null,
  senior boolean not null, partner boolean not null, dependents boolean not null,
  paperless boolean not null);
create table crm.usage_monthly (
  customer_id text not null, month date not null, data_gb double precision,
  call_minutes double precision not null, support_contacts int not null,
  complaints int not null, late_payments int not null, overage double precision not null);
create table crm.predictions (
  prediction_id text not null, customer_id text not null, model_version text not null,
  predicted_at timestamptz not null, score double precision not null, tenure_months int,
  contract text, internet text, payment text, tariff text, region text, senior boolean,
  paperless boolean, monthly_charges double precision, data_gb double precision,
  data_change double precision, call_minutes double precision, support_contacts int,
  complaints int, late_payments int, overage double precision);
create table crm.outcomes (
  customer_id text not null, observed_at timestamptz not null, churned boolean not null);
create table crm.campaign_members (
  campaign text not null, customer_id text not null, arm text not null, tier text not null,
  assigned_at timestamptz not null);
create table crm.campaign_contacts (
  campaign text not null, customer_id text not null, contacted_at timestamptz not null,
  took_offer boolean not null, cost double precision not null);
create schema truth;
create table truth.incident (
  kind text not null, valid_from date not null, valid_until date, size double precision not null,
  unit text not null, consequence text not null);
create table truth.campaign_effect (
  campaign text not null, tier text not null, reached bigint not null,
  leavers_without double precision not null, leavers_with double precision not null);
