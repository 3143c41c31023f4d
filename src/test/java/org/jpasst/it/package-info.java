/**
 * Acceptance tests: the built program between a real guest (QEMU's, or the kernel behind a TAP
 * device) and real peers, seen from outside only. They need the lab, see {@link
 * org.jpasst.lab.LabTest}.
 */
package org.jpasst.it;
