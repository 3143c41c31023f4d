/**
 * The guest behind a TAP device of Linux: whoever has the device's interface, a container or the
 * kernel itself. One read(2) or write(2) takes one Ethernet frame, with nothing in front of it.
 */
package org.jpasst.guest.tap;
