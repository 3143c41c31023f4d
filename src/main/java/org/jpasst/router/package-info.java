/** Takes the guest's frames apart and hands each to whom it concerns. */
package org.jpasst.router;
