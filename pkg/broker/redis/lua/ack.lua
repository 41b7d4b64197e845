-- The client has processed its inbox up to entry lo, which is number lw.
-- KEYS: session, inbox, marks. ARGV: n, att, run, lo, lw, marks...
-- Answers: 1, or 0 where the attachment is over.
local s = redis.call('HMGET', KEYS[1], 'n', 'att', 'run', 'lo')
if s[1] ~= ARGV[1] or s[2] ~= ARGV[2] or s[3] ~= ARGV[3] then return 0 end
if tonumber(ARGV[4]) > tonumber(s[4]) then
  redis.call('XTRIM', KEYS[2], 'MINID', '0-' .. string.format('%.0f', ARGV[4] + 1))
  redis.call('HSET', KEYS[1], 'lo', ARGV[4], 'lw', ARGV[5])
  if #ARGV > 5 then
    for i = 6, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
    redis.call('PEXPIRE', KEYS[3], 300000)
    if redis.call('HLEN', KEYS[3]) > 1024 then
      local all, list = redis.call('HGETALL', KEYS[3]), {}
      for i = 1, #all, 2 do list[#list + 1] = {all[i], tonumber(string.match(all[i + 1], '^%d+'))} end
      table.sort(list, function(a, b) return a[2] < b[2] end)
      for i = 1, #list - 512 do redis.call('HDEL', KEYS[3], list[i][1]) end
    end
  end
end
return 1
