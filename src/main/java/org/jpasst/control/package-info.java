/**
 * The operator's socket. A request is one line of JSON, {@code {"command":"migrate save"}}, perhaps
 * with a descriptor beside it; so is the answer, {@code {"ok":true,...}} or {@code {"error":"EBUSY:
 * ...","errno":16,...}}. docs/control.md has all of them; its client is passtctl.
 */
package org.jpasst.control;
