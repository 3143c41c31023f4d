/** Wrappers that record the frames which pass a guest link, both ways. */
package org.jpasst.guest.capture;
