/**
 * The operator's socket and its client, passtctl. A request is one line of JSON, {@code
 * {"command":"migrate save"}}, perhaps with a descriptor beside it; so is the answer, {@code
 * {"ok":true}} or {@code {"error":"EBUSY: ...","errno":16}}.
 */
package org.jpasst.control;
