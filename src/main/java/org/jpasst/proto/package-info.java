/** What answers the guest, and what carries its packets to the host's sockets. */
package org.jpasst.proto;
