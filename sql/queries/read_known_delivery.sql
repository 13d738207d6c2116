-- Was it told, or is it to be?
-- $1 channel, $2 key
select exists (select from plumbline.delivery where channel = $1::text and key = $2::text)
