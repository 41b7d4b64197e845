-- The store is another one, or was emptied: this pod writes what it holds of a session anew. The larger attachment wins.
-- KEYS: session, inbox, marks, attached set, due. ARGV: n, att, run ("" is detached), address, the pod, number of the last entry seen in
-- the store, new lo, lw, fields of the session (their count, then they), marks (their count, then they), entries (head, body)...
-- Answers: 0 where a newer attachment is there, 2 where the inbox has got more meanwhile, else 1.
local s = redis.call('HMGET', KEYS[1], 'n', 'att', 'run')
if s[1] and (tonumber(s[1]) > tonumber(ARGV[1]) or s[1] == ARGV[1] and tonumber(s[2]) > tonumber(ARGV[2])) then return 0 end
-- A store that went back has given the same number once more, to another pod.
if s[1] == ARGV[1] and s[2] == ARGV[2] and s[3] ~= '' and s[3] ~= ARGV[5] then return 0 end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', '1')
if #last > 0 and string.sub(last[1][1], 3) ~= ARGV[6] then return 2 end
local i = 9
local count = tonumber(ARGV[i])
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'n', ARGV[1], 'att', ARGV[2], 'run', ARGV[3], 'lo', ARGV[7], 'lw', ARGV[8], unpack(ARGV, i + 1, i + count))
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HSET', KEYS[1], 'gap', string.format('%.0f', now))
i = i + count + 1
count = tonumber(ARGV[i])
if count > 0 then
  for j = i + 1, i + count, 2 do redis.call('HSET', KEYS[3], ARGV[j], ARGV[j + 1]) end
  redis.call('PEXPIRE', KEYS[3], 300000)
end
i = i + count + 1
redis.call('XADD', KEYS[2], '0-' .. ARGV[7], '-', '-')
redis.call('XTRIM', KEYS[2], 'MAXLEN', '0')
while i < #ARGV do
  redis.call('XADD', KEYS[2], '0-*', ARGV[i], ARGV[i + 1])
  i = i + 2
end
if ARGV[3] == '' then
  local g = redis.call('HGET', KEYS[1], 'g')
  redis.call('HSET', KEYS[1], 'was', ARGV[5])
  redis.call('SREM', KEYS[4], ARGV[4])
  redis.call('ZADD', KEYS[5], string.format('%.0f', now + g), ARGV[4])
else
  redis.call('SADD', KEYS[4], ARGV[4])
  redis.call('ZREM', KEYS[5], ARGV[4])
end
return 1
