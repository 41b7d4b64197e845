-- A member of a room, or other meta of one. quiet: written anew after the store lost it, or moved to another pod.
-- KEYS: members, metas, pods. ARGV: peer, n, att, run, limit, has meta (1: it is the next, 0: keep it, or take the next), meta, quiet.
-- Answers: full; old (a newer attachment is there); else ok, event, v, n that left before it (0: none), runs, members,
-- metas; quiet: meta in place of both.
local t
local v = redis.call('HGET', KEYS[1], '#v')
if not v then
  t = redis.call('TIME')
  v = t[1] * 1000000 + t[2]
  redis.call('HSET', KEYS[1], '#v', string.format('%.0f', v))
end
v = tonumber(v)
local was = redis.call('HGET', KEYS[1], ARGV[1])
local n, att, run
if was then n, att, run = string.match(was, '^(%d+) (%d+) (.*)$') end
if was and (tonumber(n) > tonumber(ARGV[2]) or n == ARGV[2] and tonumber(att) > tonumber(ARGV[3])) then return {'old'} end
if not was and redis.call('HLEN', KEYS[1]) > tonumber(ARGV[5]) then return {'full'} end
local function less(r)
  if redis.call('HINCRBY', KEYS[3], r, -1) <= 0 then redis.call('HDEL', KEYS[3], r) end
end
local left, event = '0', ''
if was and n ~= ARGV[2] then
  left = n
  v = v + 1
  less(run)
  redis.call('HDEL', KEYS[2], ARGV[1])
  was = nil
end
local meta = redis.call('HGET', KEYS[2], ARGV[1])
local new = meta
if ARGV[6] == '1' or not was then new = ARGV[7] end
if new == '' then new = false end
if not was then
  event = 'join'
  redis.call('HINCRBY', KEYS[3], ARGV[4], 1)
elseif run ~= ARGV[4] then
  less(run)
  redis.call('HINCRBY', KEYS[3], ARGV[4], 1)
end
if was and new ~= meta then event = 'update' end
if event ~= '' then v = v + 1 end
if new ~= meta then
  if new then redis.call('HSET', KEYS[2], ARGV[1], new) else redis.call('HDEL', KEYS[2], ARGV[1]) end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4], '#v', string.format('%.0f', v))
if ARGV[8] == '1' then return {'ok', event, string.format('%.0f', v), left, redis.call('HKEYS', KEYS[3]), new or ''} end
return {'ok', event, string.format('%.0f', v), left, redis.call('HKEYS', KEYS[3]), redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}
