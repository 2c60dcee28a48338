-- For wrk: a request as curl would send it. BODY names the file that holds it.
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
local failed = 0
function response(status) if status ~= 200 then failed = failed + 1 end end
function done(summary) io.write(string.format("errors: %d\n", summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout)) end
