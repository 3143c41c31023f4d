/**
 * Frames that reach the source after the guest's state was saved, on their way to the target: the
 * network delivers them there until it has learned where the guest is now.
 */
package org.jpasst.late;
