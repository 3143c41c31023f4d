/**
 * A migration before the migration: the code that moves connections runs over some that are made
 * up, so that it is compiled when it is needed.
 */
package org.jpasst.rehearsal;
