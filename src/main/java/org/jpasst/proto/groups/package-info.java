/**
 * The groups that the guest has joined, as it tells its router: by IGMP (RFC 1112, 2236, 3376) and
 * MLD (RFC 2710, 3810). The router, and the querier, are we.
 */
package org.jpasst.proto.groups;
