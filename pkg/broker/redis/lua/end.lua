-- The session ends: by its attachment (ARGV att and run), or because its grace is over (ARGV run "").
-- KEYS: session, inbox, marks, attached set, due, ended. ARGV: n, att, run, address, "now" whatever its grace.
-- Answers: 0 where it is another one or held; 2 and ms where the grace goes on; else 1, rooms to leave, entries dropped, marks.
local s = redis.call('HMGET', KEYS[1], 'n', 'att', 'run')
if s[1] ~= ARGV[1] or s[2] ~= ARGV[2] or s[3] ~= ARGV[3] then return {0} end
if ARGV[3] == '' and ARGV[5] ~= 'now' then
  local t = redis.call('TIME')
  local due = redis.call('ZSCORE', KEYS[5], ARGV[4])
  local left = due and due - (t[1] * 1000 + math.floor(t[2] / 1000)) or 0
  if left > 0 then return {2, left} end
end
local rooms, entries, marks = {}, {}, {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.match(field, '^[rl]:') then rooms[#rooms + 1] = string.sub(field, 3) end
end
for _, e in ipairs(redis.call('XRANGE', KEYS[2], '-', '+')) do entries[#entries + 1] = e[2][1] end
if #entries > 0 then marks = redis.call('HGETALL', KEYS[3]) end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('SREM', KEYS[4], ARGV[4])
redis.call('ZREM', KEYS[5], ARGV[4])
if #rooms > 0 then redis.call('HSET', KEYS[6], ARGV[4] .. ':' .. s[1], table.concat(rooms, ' ')) end
return {1, rooms, entries, marks}
