-- A session's own list of rooms: in before the room knows it, out before the room forgets it.
-- KEYS: session. ARGV: n, att, run, room, "1" for in.
-- Answers: 0 where the attachment is over, 2 where it was not in the room to leave, else 1 and the session's meta.
local s = redis.call('HMGET', KEYS[1], 'n', 'att', 'run', 'meta')
if s[1] ~= ARGV[1] or s[2] ~= ARGV[2] or s[3] ~= ARGV[3] then return {0} end
if ARGV[5] == '1' then
  redis.call('HSET', KEYS[1], 'r:' .. ARGV[4], '')
  redis.call('HDEL', KEYS[1], 'l:' .. ARGV[4])
elseif redis.call('HDEL', KEYS[1], 'r:' .. ARGV[4]) == 1 then
  redis.call('HSET', KEYS[1], 'l:' .. ARGV[4], '') -- until the room has it
elseif not redis.call('HGET', KEYS[1], 'l:' .. ARGV[4]) then
  return {2}
end
return {1, s[4] or ''}
