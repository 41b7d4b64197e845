-- A signal into an inbox, once and in order, if there is room for it. mode: new, again (it may be there already) or void
-- (it is refused: see that no copy of it counts any more) or look (only say whether it is taken or stale).
-- KEYS: session, inbox, marks. ARGV: n, sender, sender's n, id, mode, limit of entries, limit of bytes, head, body.
-- Answers: gone; taken or ok, and run, k, lo, entries, bytes; full; stale; none.
local s = redis.call('HMGET', KEYS[1], 'n', 'run', 'lo')
if s[1] ~= ARGV[1] then return {'gone'} end
local id, sn = tonumber(ARGV[4]), tonumber(ARGV[3])
local tomb
if ARGV[5] ~= 'new' and id > 0 then
  local hn, hid = 0, 0
  local mark = redis.call('HGET', KEYS[3], ARGV[2])
  if mark then
    local mn, mid, bits = string.match(mark, '^(%d+) (%d+) (%x+)$')
    hn, hid = tonumber(mn), tonumber(mid)
    local d = hid - id
    if hn == sn and d >= 0 and d < 64 then
      local nibble = tonumber(string.sub(bits, 16 - math.floor(d / 4), 16 - math.floor(d / 4)), 16)
      if math.floor(nibble / 2 ^ (d % 4)) % 2 == 1 then return {'taken', s[2], '0', s[3], '0', '0'} end
    end
  end
  for _, e in ipairs(redis.call('XRANGE', KEYS[2], '-', '+')) do
    local en, eid, from = string.match(e[2][1], '^(%d+) (%d+) . (.*)$')
    if from == ARGV[2] then
      en, eid = tonumber(en), tonumber(eid)
      tomb = e[2][2] == '' and e[1] or nil -- nothing that it holds back lies behind it
      if eid > 0 and (en > hn or en == hn and eid > hid) then
        hn, hid = en, eid
        if en == sn and eid == id then
          if e[2][2] == '' then return {'stale'} end
          return {'taken', s[2], string.sub(e[1], 3), s[3], '0', '0'}
        end
      end
    end
  end
  if hn > sn or hn == sn and hid >= id then return {'stale'} end
end
if ARGV[5] == 'look' then return {'none'} end
local entries, bytes = redis.call('XLEN', KEYS[2]), 0
local full = ARGV[5] == 'void'
if not full and entries > 0 then
  bytes = redis.call('MEMORY', 'USAGE', KEYS[2], 'SAMPLES', '0') or 0
  full = entries >= tonumber(ARGV[6]) or bytes + #ARGV[9] > tonumber(ARGV[7])
end
if full then
  if ARGV[5] ~= 'new' and id > 0 then
    if tomb then redis.call('XDEL', KEYS[2], tomb) end
    redis.call('XADD', KEYS[2], '0-*', (string.gsub(ARGV[8], ' r ', ' - ', 1)), '')
  end
  return {'full'}
end
local k = redis.call('XADD', KEYS[2], '0-*', ARGV[8], ARGV[9])
return {'ok', s[2], string.sub(k, 3), s[3], entries + 1, bytes + #ARGV[9]}
