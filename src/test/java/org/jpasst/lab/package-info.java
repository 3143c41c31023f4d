/**
 * The lab: what tests need to try the program for real, made by the tests themselves as root on
 * Linux: network namespaces, processes with deadlines, a Debian tree with QEMU and passt, a bridge
 * that lets the kernel play the guest, links that lose and delay, and a QEMU guest driven over its
 * serial console.
 *
 * <p>Sockets, addresses and traffic stay inside the namespaces that a test made. Scripts and C
 * sources lie in {@code src/test/lab}; what is built from them lies outside the checkout, in {@link
 * LabDirectory}, and is reused.
 */
package org.jpasst.lab;
