CREATE SCHEMA plumbline;
CREATE TABLE plumbline.acknowledgement (
    alert_id bigint NOT NULL,
    firing_since timestamp with time zone NOT NULL,
    author text NOT NULL,
    reason text NOT NULL,
    acknowledged_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE plumbline.advice (
    check_run_id bigint NOT NULL,
    model_version text NOT NULL,
    action text NOT NULL,
    reason text NOT NULL,
    intercept double precision,
    slope double precision,
    check_name text,
    subject text,
    onset timestamp with time zone,
    set_aside jsonb NOT NULL,
    is_blind boolean NOT NULL,
    decision text,
    CONSTRAINT advice_action_check CHECK ((action = ANY (ARRAY['nothing'::text, 'watch'::text, 'recalibrate'::text, 'retrain'::text, 'rollback'::text, 'fix-data'::text, 'fix-labels'::text]))),
    CONSTRAINT advice_check CHECK (((intercept IS NULL) = (slope IS NULL)))
);
CREATE TABLE plumbline.alert (
    alert_id bigint NOT NULL,
    model_id integer NOT NULL,
    model_version text NOT NULL,
    rule text NOT NULL,
    subject text NOT NULL,
    segment text,
    window_kind text NOT NULL,
    state text NOT NULL,
    severity text NOT NULL,
    since timestamp with time zone NOT NULL,
    firing_since timestamp with time zone,
    last_held timestamp with time zone,
    resolved_at timestamp with time zone,
    settled_until timestamp with time zone,
    bad_since timestamp with time zone,
    bad_windows jsonb NOT NULL,
    window_from timestamp with time zone NOT NULL,
    window_to timestamp with time zone NOT NULL,
    signal text NOT NULL,
    value double precision,
    reference double precision,
    threshold double precision,
    sample bigint NOT NULL,
    window_reason text NOT NULL,
    reason text NOT NULL,
    inhibitor text,
    labels jsonb NOT NULL,
    annotations jsonb NOT NULL,
    actions jsonb NOT NULL,
    check_run_id bigint,
    CONSTRAINT alert_check CHECK (((state <> 'firing'::text) OR (firing_since IS NOT NULL))),
    CONSTRAINT alert_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
    CONSTRAINT alert_signal_check CHECK ((signal = ANY (ARRAY['bad'::text, 'between'::text, 'clear'::text, 'blind'::text, 'no_data'::text]))),
    CONSTRAINT alert_state_check CHECK ((state = ANY (ARRAY['inactive'::text, 'pending'::text, 'firing'::text, 'resolved'::text, 'no_data'::text])))
);
ALTER TABLE plumbline.alert ALTER COLUMN alert_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.alert_alert_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.alert_revision (
    model_id integer NOT NULL,
    revision bigint NOT NULL,
    as_of timestamp with time zone NOT NULL
);
CREATE TABLE plumbline.alert_transition (
    transition_id bigint NOT NULL,
    alert_id bigint NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    window_from timestamp with time zone NOT NULL,
    window_to timestamp with time zone NOT NULL,
    value double precision,
    reference double precision,
    threshold double precision,
    sample bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE plumbline.alert_transition ALTER COLUMN transition_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.alert_transition_transition_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.arrival (
    binning_id bigint NOT NULL,
    arrival_from timestamp with time zone NOT NULL,
    arrival_to timestamp with time zone NOT NULL,
    outcome_count bigint NOT NULL,
    outcome_digest bigint NOT NULL,
    CONSTRAINT arrival_check CHECK ((arrival_from < arrival_to)),
    CONSTRAINT arrival_outcome_count_check CHECK ((outcome_count >= 0))
);
CREATE TABLE plumbline.binning (
    binning_id bigint NOT NULL,
    model_id integer NOT NULL,
    number integer NOT NULL,
    fingerprint text NOT NULL,
    definition jsonb NOT NULL,
    reference_rows bigint NOT NULL,
    base_from timestamp with time zone,
    base_to timestamp with time zone,
    profiled_from timestamp with time zone NOT NULL,
    profiled_until timestamp with time zone NOT NULL,
    kept_from timestamp with time zone NOT NULL,
    labelled_until timestamp with time zone,
    settled_as_of timestamp with time zone,
    labelled_as_of timestamp with time zone,
    has_repeats boolean DEFAULT false NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT binning_check CHECK ((profiled_from <= profiled_until)),
    CONSTRAINT binning_check1 CHECK ((kept_from >= profiled_from)),
    CONSTRAINT binning_check2 CHECK (((labelled_until IS NULL) = (settled_as_of IS NULL))),
    CONSTRAINT binning_check3 CHECK (((base_from IS NULL) = (base_to IS NULL))),
    CONSTRAINT binning_check4 CHECK ((base_from < base_to)),
    CONSTRAINT binning_reference_rows_check CHECK ((reference_rows >= 0))
);
ALTER TABLE plumbline.binning ALTER COLUMN binning_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.binning_binning_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.bucket (
    binning_id bigint NOT NULL,
    bucket_from timestamp with time zone NOT NULL,
    bucket_to timestamp with time zone NOT NULL,
    revision integer DEFAULT 0 NOT NULL,
    row_count bigint,
    row_digest bigint,
    digest_columns bigint,
    is_due boolean DEFAULT false NOT NULL,
    profiled_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT bucket_check CHECK ((bucket_from < bucket_to)),
    CONSTRAINT bucket_check1 CHECK (((row_digest IS NULL) = (digest_columns IS NULL))),
    CONSTRAINT bucket_row_count_check CHECK ((row_count >= 0))
);
CREATE TABLE plumbline.campaign_decision (
    decision_id bigint NOT NULL,
    campaign text NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    decision text NOT NULL,
    verdict text NOT NULL,
    author text NOT NULL,
    second_author text,
    reason text NOT NULL,
    net double precision,
    net_lower double precision,
    net_upper double precision,
    input jsonb NOT NULL,
    software text NOT NULL,
    CONSTRAINT campaign_decision_check CHECK ((((net IS NULL) = (net_lower IS NULL)) AND ((net IS NULL) = (net_upper IS NULL)))),
    CONSTRAINT campaign_decision_decision_check CHECK ((decision = ANY (ARRAY['roll-out'::text, 'target'::text, 'keep-running'::text, 'stop'::text])))
);
ALTER TABLE plumbline.campaign_decision ALTER COLUMN decision_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.campaign_decision_decision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.model (
    model_id integer NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE plumbline.model_version (
    model_id integer NOT NULL,
    model_version text NOT NULL,
    state text NOT NULL,
    since timestamp with time zone NOT NULL,
    first_scored timestamp with time zone,
    job_id bigint,
    evaluations integer DEFAULT 0 NOT NULL,
    reason text NOT NULL,
    CONSTRAINT model_version_evaluations_check CHECK ((evaluations >= 0)),
    CONSTRAINT model_version_state_check CHECK ((state = ANY (ARRAY['registered'::text, 'challenger'::text, 'awaiting_approval'::text, 'champion'::text, 'retired'::text, 'rejected'::text])))
);
CREATE VIEW plumbline.champion AS
 SELECT m.name AS model,
    v.model_version AS version,
    v.since,
    v.reason
   FROM (plumbline.model_version v
     JOIN plumbline.model m USING (model_id))
  WHERE (v.state = 'champion'::text);
CREATE TABLE plumbline.channel (
    channel text NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    open_until timestamp with time zone,
    delivered_at timestamp with time zone,
    failed_at timestamp with time zone,
    last_error text
);
CREATE TABLE plumbline.check_run (
    check_run_id bigint NOT NULL,
    model_id integer NOT NULL,
    binning_id bigint NOT NULL,
    replay_id bigint,
    as_of timestamp with time zone NOT NULL,
    software text NOT NULL,
    rows_read bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT check_run_rows_read_check CHECK ((rows_read >= 0))
);
ALTER TABLE plumbline.check_run ALTER COLUMN check_run_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.check_run_check_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.coverage (
    binning_id bigint NOT NULL,
    window_from timestamp with time zone NOT NULL,
    window_to timestamp with time zone NOT NULL,
    specification text NOT NULL,
    customers bigint NOT NULL,
    scored bigint NOT NULL,
    CONSTRAINT coverage_check CHECK (((scored >= 0) AND (scored <= customers))),
    CONSTRAINT coverage_check1 CHECK ((window_from < window_to)),
    CONSTRAINT coverage_customers_check CHECK ((customers >= 0))
);
CREATE TABLE plumbline.silence (
    silence_id bigint NOT NULL,
    model_id integer,
    rule text,
    subject text,
    segment text,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    author text NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT silence_check CHECK ((starts_at <= ends_at))
);
CREATE VIEW plumbline.current_alert AS
 SELECT a.alert_id,
    m.name AS model,
    a.model_version,
    a.rule,
    a.subject,
    a.segment,
    a.window_kind,
    a.state,
    a.severity,
    a.since,
    a.firing_since,
    a.window_from,
    a.window_to,
    a.value,
    a.reference,
    a.threshold,
    a.sample,
    a.reason,
    k.author AS acknowledged_by,
    k.reason AS acknowledgement,
    (EXISTS ( SELECT
           FROM plumbline.silence s
          WHERE (((s.model_id IS NULL) OR (s.model_id = a.model_id)) AND ((s.rule IS NULL) OR (s.rule = a.rule)) AND ((s.subject IS NULL) OR (s.subject = a.subject)) AND ((s.segment IS NULL) OR (s.segment = a.segment)) AND (s.starts_at <= now()) AND (now() < s.ends_at)))) AS is_silenced
   FROM ((plumbline.alert a
     JOIN plumbline.model m USING (model_id))
     LEFT JOIN plumbline.acknowledgement k ON (((k.alert_id = a.alert_id) AND (k.firing_since = a.firing_since))))
  WHERE (a.state <> 'inactive'::text);
CREATE TABLE plumbline.data_issue (
    issue_id bigint NOT NULL,
    check_run_id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    row_count bigint NOT NULL,
    message text NOT NULL,
    CONSTRAINT data_issue_row_count_check CHECK ((row_count >= 0))
);
ALTER TABLE plumbline.data_issue ALTER COLUMN issue_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.data_issue_issue_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.delivery (
    delivery_id bigint NOT NULL,
    model_id integer NOT NULL,
    alert_id bigint,
    channel text NOT NULL,
    status text NOT NULL,
    severity text NOT NULL,
    key text NOT NULL,
    notice jsonb NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    lease_until timestamp with time zone,
    lease_epoch bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    outcome text,
    CONSTRAINT delivery_check CHECK (((state = 'queued'::text) = (finished_at IS NULL))),
    CONSTRAINT delivery_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'delivered'::text, 'refused'::text, 'expired'::text]))),
    CONSTRAINT delivery_status_check CHECK ((status = ANY (ARRAY['firing'::text, 'resolved'::text])))
);
CREATE TABLE plumbline.delivery_attempt (
    attempt_id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    attempted_at timestamp with time zone DEFAULT now() NOT NULL,
    is_delivered boolean NOT NULL,
    outcome text NOT NULL
);
ALTER TABLE plumbline.delivery_attempt ALTER COLUMN attempt_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.delivery_attempt_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE plumbline.delivery ALTER COLUMN delivery_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.delivery_delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.design_effect (
    binning_id bigint NOT NULL,
    model_version text NOT NULL,
    specification text NOT NULL,
    is_final boolean NOT NULL,
    effects jsonb NOT NULL
);
CREATE TABLE plumbline.detector (
    binning_id bigint NOT NULL,
    model_version text NOT NULL,
    specification text NOT NULL,
    advanced_until timestamp with time zone NOT NULL,
    state jsonb NOT NULL
);
CREATE TABLE plumbline.feature_bucket (
    binning_id bigint NOT NULL,
    bucket_from timestamp with time zone NOT NULL,
    bucket_to timestamp with time zone NOT NULL,
    revision integer DEFAULT 0 NOT NULL,
    model_version text NOT NULL,
    segment text NOT NULL,
    row_count bigint NOT NULL,
    counts bytea NOT NULL,
    out_of_range_sums jsonb,
    CONSTRAINT feature_bucket_check CHECK ((bucket_from < bucket_to)),
    CONSTRAINT feature_bucket_row_count_check CHECK ((row_count >= 0))
);
CREATE TABLE plumbline.finding (
    finding_id bigint NOT NULL,
    check_run_id bigint NOT NULL,
    model_version text NOT NULL,
    window_kind text NOT NULL,
    window_from timestamp with time zone NOT NULL,
    window_to timestamp with time zone NOT NULL,
    check_name text NOT NULL,
    subject text NOT NULL,
    segment text,
    value double precision,
    interval_lower double precision,
    interval_upper double precision,
    reference double precision,
    threshold double precision,
    sample bigint NOT NULL,
    reference_sample bigint,
    rule text,
    verdict text NOT NULL,
    severity text,
    reason text NOT NULL,
    details jsonb NOT NULL,
    CONSTRAINT finding_check CHECK (((interval_lower IS NULL) = (interval_upper IS NULL)))
);
ALTER TABLE plumbline.finding ALTER COLUMN finding_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.finding_finding_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.interim_look (
    look_id bigint NOT NULL,
    campaign text NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    matured bigint NOT NULL,
    fraction double precision NOT NULL,
    scores jsonb NOT NULL,
    assigned jsonb NOT NULL,
    metric text NOT NULL,
    verdict text NOT NULL,
    software text NOT NULL,
    CONSTRAINT interim_look_fraction_check CHECK ((fraction >= (0)::double precision)),
    CONSTRAINT interim_look_kind_check CHECK ((kind = ANY (ARRAY['planned'::text, 'unplanned'::text]))),
    CONSTRAINT interim_look_matured_check CHECK ((matured >= 0))
);
ALTER TABLE plumbline.interim_look ALTER COLUMN look_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.interim_look_look_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.job_callback (
    job_id bigint NOT NULL,
    key text NOT NULL,
    body jsonb NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE plumbline.job_queue (
    model_id integer NOT NULL,
    paused_at timestamp with time zone,
    paused_by text,
    pause_reason text,
    CONSTRAINT job_queue_check CHECK ((((paused_at IS NULL) = (paused_by IS NULL)) AND ((paused_at IS NULL) = (pause_reason IS NULL))))
);
CREATE TABLE plumbline.label_arrival (
    binning_id bigint NOT NULL,
    day date NOT NULL,
    positives bigint NOT NULL,
    negatives bigint NOT NULL,
    CONSTRAINT label_arrival_negatives_check CHECK ((negatives >= 0)),
    CONSTRAINT label_arrival_positives_check CHECK ((positives >= 0))
);
CREATE TABLE plumbline.label_bucket (
    binning_id bigint NOT NULL,
    model_version text NOT NULL,
    segment text NOT NULL,
    bucket_from timestamp with time zone NOT NULL,
    bucket_to timestamp with time zone NOT NULL,
    predictions bigint NOT NULL,
    labelled bigint NOT NULL,
    positives bigint NOT NULL,
    open bigint NOT NULL,
    counts bytea NOT NULL,
    recent bytea,
    ages bytea,
    recent_ages bytea,
    CONSTRAINT label_bucket_check CHECK ((predictions >= labelled)),
    CONSTRAINT label_bucket_check1 CHECK (((positives >= 0) AND (positives <= labelled))),
    CONSTRAINT label_bucket_check2 CHECK (((open >= 0) AND (open <= predictions))),
    CONSTRAINT label_bucket_check3 CHECK ((bucket_from < bucket_to)),
    CONSTRAINT label_bucket_labelled_check CHECK ((labelled >= 0))
);
CREATE VIEW plumbline.latest_advice AS
 SELECT DISTINCT ON (c.model_id, a.model_version) m.name AS model,
    a.model_version,
    c.as_of,
    a.action,
    a.reason,
    a.intercept,
    a.slope,
    a.check_name,
    a.subject,
    a.onset,
    a.set_aside,
    a.is_blind,
    a.decision
   FROM ((plumbline.advice a
     JOIN plumbline.check_run c USING (check_run_id))
     JOIN plumbline.model m USING (model_id))
  WHERE (c.replay_id IS NULL)
  ORDER BY c.model_id, a.model_version, c.as_of DESC, c.check_run_id DESC;
CREATE VIEW plumbline.latest_finding AS
 SELECT DISTINCT ON (c.model_id, f.model_version, f.window_kind, f.window_from, f.check_name, f.subject, f.segment) m.name AS model,
    f.model_version,
    f.window_kind,
    f.window_from,
    f.window_to,
    f.check_name,
    f.subject,
    f.segment,
    f.value,
    f.interval_lower,
    f.interval_upper,
    f.reference,
    f.threshold,
    f.sample,
    f.reference_sample,
    f.rule,
    f.verdict,
    f.severity,
    f.reason,
    c.as_of
   FROM ((plumbline.finding f
     JOIN plumbline.check_run c USING (check_run_id))
     JOIN plumbline.model m USING (model_id))
  ORDER BY c.model_id, f.model_version, f.window_kind, f.window_from, f.check_name, f.subject, f.segment, c.as_of DESC, f.check_run_id DESC;
CREATE TABLE plumbline.migration (
    name text NOT NULL,
    digest text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE plumbline.model ALTER COLUMN model_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.model_model_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.note (
    note_id bigint NOT NULL,
    model_id integer NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    happened_until timestamp with time zone,
    text text NOT NULL,
    author text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT note_check CHECK ((happened_at <= happened_until))
);
ALTER TABLE plumbline.note ALTER COLUMN note_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.note_note_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.outcome_bucket (
    binning_id bigint NOT NULL,
    model_version text NOT NULL,
    bucket_from timestamp with time zone NOT NULL,
    bucket_to timestamp with time zone NOT NULL,
    label_age interval NOT NULL,
    revision integer NOT NULL,
    true_positives bigint NOT NULL,
    false_negatives bigint NOT NULL,
    flagged bigint NOT NULL,
    counts bytea NOT NULL,
    CONSTRAINT outcome_bucket_check CHECK ((bucket_from < bucket_to)),
    CONSTRAINT outcome_bucket_false_negatives_check CHECK ((false_negatives >= 0)),
    CONSTRAINT outcome_bucket_flagged_check CHECK ((flagged >= 0)),
    CONSTRAINT outcome_bucket_true_positives_check CHECK ((true_positives >= 0))
);
CREATE TABLE plumbline.reference_choice (
    choice_id bigint NOT NULL,
    model_id integer NOT NULL,
    reference_from timestamp with time zone NOT NULL,
    reference_to timestamp with time zone NOT NULL,
    author text NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT reference_choice_check CHECK ((reference_from < reference_to))
);
ALTER TABLE plumbline.reference_choice ALTER COLUMN choice_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.reference_choice_choice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.registry_cursor (
    model_id integer NOT NULL,
    champion text,
    ours text,
    seen_at timestamp with time zone NOT NULL
);
CREATE TABLE plumbline.replay (
    replay_id bigint NOT NULL,
    model_id integer NOT NULL,
    replay_from timestamp with time zone NOT NULL,
    replay_to timestamp with time zone NOT NULL,
    step text NOT NULL,
    digest bigint NOT NULL,
    done_until timestamp with time zone,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT replay_check CHECK ((replay_from <= replay_to))
);
ALTER TABLE plumbline.replay ALTER COLUMN replay_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.replay_replay_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.retraining_event (
    event_id bigint NOT NULL,
    model_id integer NOT NULL,
    job_id bigint,
    kind text NOT NULL,
    message text NOT NULL,
    as_of timestamp with time zone,
    happened_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE plumbline.retraining_event ALTER COLUMN event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.retraining_event_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.retraining_job (
    job_id bigint NOT NULL,
    model_id integer NOT NULL,
    dedupe_key text NOT NULL,
    state text NOT NULL,
    remedy text NOT NULL,
    reason text NOT NULL,
    model_version text NOT NULL,
    alerts jsonb NOT NULL,
    task jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    author text NOT NULL,
    not_before timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    max_attempts integer NOT NULL,
    token text DEFAULT substr(md5(((random())::text || (clock_timestamp())::text)), 1, 8) NOT NULL,
    runs integer DEFAULT 0 NOT NULL,
    run_ended boolean DEFAULT false NOT NULL,
    lease_owner text,
    lease_until timestamp with time zone,
    lease_epoch bigint DEFAULT 0 NOT NULL,
    external_run text,
    cancel_requested_by text,
    new_version text,
    answer jsonb,
    log_tail text DEFAULT ''::text NOT NULL,
    last_error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT retraining_job_check CHECK (((lease_until IS NOT NULL) = (state = ANY (ARRAY['submitting'::text, 'running'::text])))),
    CONSTRAINT retraining_job_check1 CHECK (((finished_at IS NOT NULL) = (state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'cancelled'::text, 'rejected'::text])))),
    CONSTRAINT retraining_job_max_attempts_check CHECK ((max_attempts >= 1)),
    CONSTRAINT retraining_job_remedy_check CHECK ((remedy = ANY (ARRAY['retrain'::text, 'recalibrate'::text]))),
    CONSTRAINT retraining_job_state_check CHECK ((state = ANY (ARRAY['awaiting_approval'::text, 'queued'::text, 'submitting'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text, 'rejected'::text])))
);
ALTER TABLE plumbline.retraining_job ALTER COLUMN job_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.retraining_job_job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.revision (
    revision_id bigint NOT NULL,
    binning_id bigint NOT NULL,
    bucket_from timestamp with time zone NOT NULL,
    bucket_to timestamp with time zone NOT NULL,
    cause text NOT NULL,
    rows_before bigint,
    rows_after bigint,
    as_of timestamp with time zone NOT NULL,
    found_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT revision_cause_check CHECK ((cause = ANY (ARRAY['rows'::text, 'labels'::text])))
);
ALTER TABLE plumbline.revision ALTER COLUMN revision_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.revision_revision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE plumbline.silence ALTER COLUMN silence_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.silence_silence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE plumbline.training_profile (
    binning_id bigint NOT NULL,
    model_version text NOT NULL,
    segment text NOT NULL,
    row_count bigint NOT NULL,
    counts bytea NOT NULL,
    out_of_range_sums jsonb,
    CONSTRAINT training_profile_row_count_check CHECK ((row_count >= 0))
);
CREATE TABLE plumbline.treatment_bucket (
    binning_id bigint NOT NULL,
    model_version text NOT NULL,
    bucket_from timestamp with time zone NOT NULL,
    bucket_to timestamp with time zone NOT NULL,
    arm text NOT NULL,
    stratum text NOT NULL,
    counts bytea NOT NULL,
    specification text NOT NULL,
    is_final boolean NOT NULL,
    labelled bigint NOT NULL,
    positives bigint NOT NULL,
    CONSTRAINT treatment_bucket_arm_check CHECK ((arm = ANY (ARRAY['none'::text, 'control'::text, 'treated'::text]))),
    CONSTRAINT treatment_bucket_check CHECK ((bucket_from < bucket_to))
);
CREATE TABLE plumbline.version_event (
    event_id bigint NOT NULL,
    model_id integer NOT NULL,
    model_version text NOT NULL,
    state text NOT NULL,
    author text NOT NULL,
    reason text NOT NULL,
    evidence jsonb,
    as_of timestamp with time zone NOT NULL,
    happened_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE plumbline.version_event ALTER COLUMN event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME plumbline.version_event_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE ONLY plumbline.acknowledgement
    ADD CONSTRAINT acknowledgement_pkey PRIMARY KEY (alert_id, firing_since);
ALTER TABLE ONLY plumbline.advice
    ADD CONSTRAINT advice_pkey PRIMARY KEY (check_run_id, model_version);
ALTER TABLE ONLY plumbline.alert
    ADD CONSTRAINT alert_pkey PRIMARY KEY (alert_id);
ALTER TABLE ONLY plumbline.alert_revision
    ADD CONSTRAINT alert_revision_pkey PRIMARY KEY (model_id);
ALTER TABLE ONLY plumbline.alert_transition
    ADD CONSTRAINT alert_transition_pkey PRIMARY KEY (transition_id);
ALTER TABLE ONLY plumbline.arrival
    ADD CONSTRAINT arrival_pkey PRIMARY KEY (binning_id, arrival_from);
ALTER TABLE ONLY plumbline.binning
    ADD CONSTRAINT binning_model_id_number_key UNIQUE (model_id, number);
ALTER TABLE ONLY plumbline.binning
    ADD CONSTRAINT binning_pkey PRIMARY KEY (binning_id);
ALTER TABLE ONLY plumbline.bucket
    ADD CONSTRAINT bucket_pkey PRIMARY KEY (binning_id, bucket_from);
ALTER TABLE ONLY plumbline.campaign_decision
    ADD CONSTRAINT campaign_decision_pkey PRIMARY KEY (decision_id);
ALTER TABLE ONLY plumbline.channel
    ADD CONSTRAINT channel_pkey PRIMARY KEY (channel);
ALTER TABLE ONLY plumbline.check_run
    ADD CONSTRAINT check_run_pkey PRIMARY KEY (check_run_id);
ALTER TABLE ONLY plumbline.coverage
    ADD CONSTRAINT coverage_pkey PRIMARY KEY (binning_id, window_from, window_to);
ALTER TABLE ONLY plumbline.data_issue
    ADD CONSTRAINT data_issue_pkey PRIMARY KEY (issue_id);
ALTER TABLE ONLY plumbline.delivery_attempt
    ADD CONSTRAINT delivery_attempt_pkey PRIMARY KEY (attempt_id);
ALTER TABLE ONLY plumbline.delivery
    ADD CONSTRAINT delivery_channel_key_key UNIQUE (channel, key);
ALTER TABLE ONLY plumbline.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (delivery_id);
ALTER TABLE ONLY plumbline.design_effect
    ADD CONSTRAINT design_effect_pkey PRIMARY KEY (binning_id, model_version);
ALTER TABLE ONLY plumbline.detector
    ADD CONSTRAINT detector_pkey PRIMARY KEY (binning_id, model_version);
ALTER TABLE ONLY plumbline.feature_bucket
    ADD CONSTRAINT feature_bucket_pkey PRIMARY KEY (binning_id, bucket_from, revision, model_version, segment);
ALTER TABLE ONLY plumbline.finding
    ADD CONSTRAINT finding_pkey PRIMARY KEY (finding_id);
ALTER TABLE ONLY plumbline.interim_look
    ADD CONSTRAINT interim_look_pkey PRIMARY KEY (look_id);
ALTER TABLE ONLY plumbline.job_callback
    ADD CONSTRAINT job_callback_pkey PRIMARY KEY (job_id, key);
ALTER TABLE ONLY plumbline.job_queue
    ADD CONSTRAINT job_queue_pkey PRIMARY KEY (model_id);
ALTER TABLE ONLY plumbline.label_arrival
    ADD CONSTRAINT label_arrival_pkey PRIMARY KEY (binning_id, day);
ALTER TABLE ONLY plumbline.label_bucket
    ADD CONSTRAINT label_bucket_pkey PRIMARY KEY (binning_id, model_version, segment, bucket_from);
ALTER TABLE ONLY plumbline.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (name);
ALTER TABLE ONLY plumbline.model
    ADD CONSTRAINT model_name_key UNIQUE (name);
ALTER TABLE ONLY plumbline.model
    ADD CONSTRAINT model_pkey PRIMARY KEY (model_id);
ALTER TABLE ONLY plumbline.model_version
    ADD CONSTRAINT model_version_pkey PRIMARY KEY (model_id, model_version);
ALTER TABLE ONLY plumbline.note
    ADD CONSTRAINT note_pkey PRIMARY KEY (note_id);
ALTER TABLE ONLY plumbline.outcome_bucket
    ADD CONSTRAINT outcome_bucket_pkey PRIMARY KEY (binning_id, model_version, bucket_from);
ALTER TABLE ONLY plumbline.reference_choice
    ADD CONSTRAINT reference_choice_pkey PRIMARY KEY (choice_id);
ALTER TABLE ONLY plumbline.registry_cursor
    ADD CONSTRAINT registry_cursor_pkey PRIMARY KEY (model_id);
ALTER TABLE ONLY plumbline.replay
    ADD CONSTRAINT replay_pkey PRIMARY KEY (replay_id);
ALTER TABLE ONLY plumbline.retraining_event
    ADD CONSTRAINT retraining_event_pkey PRIMARY KEY (event_id);
ALTER TABLE ONLY plumbline.retraining_job
    ADD CONSTRAINT retraining_job_model_id_dedupe_key_key UNIQUE (model_id, dedupe_key);
ALTER TABLE ONLY plumbline.retraining_job
    ADD CONSTRAINT retraining_job_pkey PRIMARY KEY (job_id);
ALTER TABLE ONLY plumbline.revision
    ADD CONSTRAINT revision_pkey PRIMARY KEY (revision_id);
ALTER TABLE ONLY plumbline.silence
    ADD CONSTRAINT silence_pkey PRIMARY KEY (silence_id);
ALTER TABLE ONLY plumbline.training_profile
    ADD CONSTRAINT training_profile_pkey PRIMARY KEY (binning_id, model_version, segment);
ALTER TABLE ONLY plumbline.treatment_bucket
    ADD CONSTRAINT treatment_bucket_pkey PRIMARY KEY (binning_id, model_version, bucket_from, arm, stratum);
ALTER TABLE ONLY plumbline.version_event
    ADD CONSTRAINT version_event_pkey PRIMARY KEY (event_id);
CREATE INDEX alert_by_check_run ON plumbline.alert USING btree (check_run_id);
CREATE UNIQUE INDEX alert_identity ON plumbline.alert USING btree (model_id, model_version, rule, subject, COALESCE(segment, ''::text), window_kind);
CREATE INDEX alert_transition_by_alert ON plumbline.alert_transition USING btree (alert_id, transition_id);
CREATE INDEX campaign_decision_by_campaign ON plumbline.campaign_decision USING btree (campaign, decided_at);
CREATE INDEX check_run_by_binning ON plumbline.check_run USING btree (binning_id);
CREATE INDEX check_run_by_model ON plumbline.check_run USING btree (model_id, as_of);
CREATE INDEX data_issue_by_check_run ON plumbline.data_issue USING btree (check_run_id);
CREATE INDEX delivery_attempt_by_delivery ON plumbline.delivery_attempt USING btree (delivery_id);
CREATE INDEX delivery_by_alert ON plumbline.delivery USING btree (alert_id, channel, delivery_id);
CREATE INDEX delivery_by_model ON plumbline.delivery USING btree (model_id, channel, created_at);
CREATE INDEX delivery_due ON plumbline.delivery USING btree (next_at) WHERE (state = 'queued'::text);
CREATE INDEX finding_by_check_run ON plumbline.finding USING btree (check_run_id);
CREATE INDEX finding_by_window ON plumbline.finding USING btree (window_to, check_name, subject);
CREATE INDEX interim_look_by_campaign ON plumbline.interim_look USING btree (campaign, looked_at);
CREATE INDEX model_version_by_job ON plumbline.model_version USING btree (job_id);
CREATE UNIQUE INDEX model_version_one_champion ON plumbline.model_version USING btree (model_id) WHERE (state = 'champion'::text);
CREATE INDEX note_by_model ON plumbline.note USING btree (model_id, happened_at);
CREATE INDEX retraining_event_by_job ON plumbline.retraining_event USING btree (job_id, event_id);
CREATE INDEX retraining_event_by_model ON plumbline.retraining_event USING btree (model_id, event_id);
CREATE INDEX retraining_job_by_model ON plumbline.retraining_job USING btree (model_id, made_at);
CREATE UNIQUE INDEX retraining_job_one_active ON plumbline.retraining_job USING btree (model_id) WHERE (state = ANY (ARRAY['awaiting_approval'::text, 'queued'::text, 'submitting'::text, 'running'::text]));
CREATE INDEX revision_by_bucket ON plumbline.revision USING btree (binning_id, bucket_from);
CREATE INDEX version_event_by_model ON plumbline.version_event USING btree (model_id, model_version, event_id);
ALTER TABLE ONLY plumbline.acknowledgement
    ADD CONSTRAINT acknowledgement_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES plumbline.alert(alert_id) ON DELETE CASCADE;
ALTER TABLE ONLY plumbline.advice
    ADD CONSTRAINT advice_check_run_id_fkey FOREIGN KEY (check_run_id) REFERENCES plumbline.check_run(check_run_id);
ALTER TABLE ONLY plumbline.alert
    ADD CONSTRAINT alert_check_run_id_fkey FOREIGN KEY (check_run_id) REFERENCES plumbline.check_run(check_run_id) ON DELETE SET NULL;
ALTER TABLE ONLY plumbline.alert
    ADD CONSTRAINT alert_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.alert_revision
    ADD CONSTRAINT alert_revision_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.alert_transition
    ADD CONSTRAINT alert_transition_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES plumbline.alert(alert_id) ON DELETE CASCADE;
ALTER TABLE ONLY plumbline.arrival
    ADD CONSTRAINT arrival_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.binning
    ADD CONSTRAINT binning_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.bucket
    ADD CONSTRAINT bucket_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.check_run
    ADD CONSTRAINT check_run_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.check_run
    ADD CONSTRAINT check_run_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.check_run
    ADD CONSTRAINT check_run_replay_id_fkey FOREIGN KEY (replay_id) REFERENCES plumbline.replay(replay_id);
ALTER TABLE ONLY plumbline.coverage
    ADD CONSTRAINT coverage_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.data_issue
    ADD CONSTRAINT data_issue_check_run_id_fkey FOREIGN KEY (check_run_id) REFERENCES plumbline.check_run(check_run_id);
ALTER TABLE ONLY plumbline.delivery
    ADD CONSTRAINT delivery_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES plumbline.alert(alert_id) ON DELETE CASCADE;
ALTER TABLE ONLY plumbline.delivery_attempt
    ADD CONSTRAINT delivery_attempt_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES plumbline.delivery(delivery_id) ON DELETE CASCADE;
ALTER TABLE ONLY plumbline.delivery
    ADD CONSTRAINT delivery_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.design_effect
    ADD CONSTRAINT design_effect_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.detector
    ADD CONSTRAINT detector_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.feature_bucket
    ADD CONSTRAINT feature_bucket_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.finding
    ADD CONSTRAINT finding_check_run_id_fkey FOREIGN KEY (check_run_id) REFERENCES plumbline.check_run(check_run_id);
ALTER TABLE ONLY plumbline.job_callback
    ADD CONSTRAINT job_callback_job_id_fkey FOREIGN KEY (job_id) REFERENCES plumbline.retraining_job(job_id) ON DELETE CASCADE;
ALTER TABLE ONLY plumbline.job_queue
    ADD CONSTRAINT job_queue_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.label_arrival
    ADD CONSTRAINT label_arrival_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.label_bucket
    ADD CONSTRAINT label_bucket_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.model_version
    ADD CONSTRAINT model_version_job_id_fkey FOREIGN KEY (job_id) REFERENCES plumbline.retraining_job(job_id) ON DELETE SET NULL;
ALTER TABLE ONLY plumbline.model_version
    ADD CONSTRAINT model_version_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.note
    ADD CONSTRAINT note_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.outcome_bucket
    ADD CONSTRAINT outcome_bucket_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.reference_choice
    ADD CONSTRAINT reference_choice_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.registry_cursor
    ADD CONSTRAINT registry_cursor_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.replay
    ADD CONSTRAINT replay_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.retraining_event
    ADD CONSTRAINT retraining_event_job_id_fkey FOREIGN KEY (job_id) REFERENCES plumbline.retraining_job(job_id) ON DELETE CASCADE;
ALTER TABLE ONLY plumbline.retraining_event
    ADD CONSTRAINT retraining_event_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.retraining_job
    ADD CONSTRAINT retraining_job_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.revision
    ADD CONSTRAINT revision_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.silence
    ADD CONSTRAINT silence_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
ALTER TABLE ONLY plumbline.training_profile
    ADD CONSTRAINT training_profile_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.treatment_bucket
    ADD CONSTRAINT treatment_bucket_binning_id_fkey FOREIGN KEY (binning_id) REFERENCES plumbline.binning(binning_id);
ALTER TABLE ONLY plumbline.version_event
    ADD CONSTRAINT version_event_model_id_fkey FOREIGN KEY (model_id) REFERENCES plumbline.model(model_id);
