/** JSON (RFC 8259) from strangers, line by line. */
package org.jpasst.json;
