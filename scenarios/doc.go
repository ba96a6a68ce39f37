// Package scenarios holds the traffic we intend: a scenario as written in YAML becomes an immutable [Plan], a pure
// function from the number of a visit to its due time, its user and its request.
//
// # From file to request
//
// [Parse] reads a file into a [Scenario], which code may also fill by hand ([New], for a command line without a file).
// [Scenario.Plan] checks it and compiles schedule, identity and pages. [Plan.Visit] and [Plan.Cursor] say who is due
// when, and [Plan.Request] renders what is sent. Nothing here sends, and memory does not depend on the number of page
// views or users.
//
// # Templates
//
// URLs, header values, bodies and the identity's id are templates. A placeholder stands in braces:
//
//	{zipf 1.1 1..50000}  a whole number; the k-th of the range comes in proportion to 1/k^1.1; the exponent may be left out (1)
//	{uniform 1..100}     a whole number, all alike
//	{choice a|b}         one of the texts, all alike
//	{user}               the user's number: a permutation of 0 to uv-1, the same as in the identity
//	{seq}                the number of the hit, from 0
//	{env NAME}, ${NAME}  an environment variable; it must be set and is never printed
//
// A brace that is meant as it is is written twice, {{ or }}, so a JSON body is
//
//	body: '{{"user": "{user}", "tags": {{"a": 1}}}}'
//
// and ${{NAME}} is the text ${NAME}. Single braces are never taken literally: a slip is an error, not a broken body.
// The bytes of a file that a body names (@FILE) are no template and are sent as they are; @@ begins a body that begins
// with the sign itself. In a URL, bytes that a request line can't hold are percent-encoded.
//
// ${NAME} also stands in target, in identity and in numbers (where the number itself shows in reports, as it must);
// names and gates, which reports print, can't hold it.
//
// What a placeholder draws is a function of the seed, the hit and the placeholder's position in the page: the same
// bytes on every machine. The draws and the laws are those of package traffic.
//
// # Identity
//
// Every channel of identity carries the same user. A user's name is the template id. forwarded_for numbers the
// addresses of a block and user_agent: mixed the User-Agents of a bundled list, for at most [BrowserCapacity] users; a
// channel that can't tell uv users apart is a warning, the counting channel an error. A literal user_agent without
// {user} is sent and is no channel.
package scenarios
