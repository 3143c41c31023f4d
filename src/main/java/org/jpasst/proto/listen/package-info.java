/**
 * The host's ports that are forwarded to the guest: the table of the rules in force, how one table
 * follows another, and the sockets that it listens at.
 */
package org.jpasst.proto.listen;
