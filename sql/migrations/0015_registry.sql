-- What was last seen in a model's registry, to tell what others have moved there from what is ours to move.
create table plumbline.registry_mark (
  model_id int primary key references plumbline.model,
  -- The version of the log that the champion's alias pointed to, and the one that was in charge here and told there; null
  -- for none.
  champion text,
  ours text,
  seen_at timestamptz not null
);
