# Finds the runtime to start on, by shell built-ins. To be sourced.

# True where $1 is the directory of a Java runtime that is new enough.
is_jdk() {
  [ -x "$1/bin/java" ] || return 1
  if [ -r "$1/release" ]; then
    while IFS= read -r line; do
      case $line in
        JAVA_VERSION=*)
          major=${line#*=} major=${major#\"} major=${major%\"} major=${major%%[!0-9]*}
          [ "${major:-0}" -ge 25 ] && return 0
          return 1
          ;;
      esac
    done <"$1/release"
  fi
  major=$("$1/bin/java" --version 2>/dev/null) || return 1
  major=${major#* } major=${major%%[!0-9]*}
  [ "${major:-0}" -ge 25 ]
}

# Sets jdk to the runtime that was asked for, or the distribution's own; tells under
# the name $1 that it can't be used.
find_jdk() {
  if [ -z "$JPASST_JAVA_HOME" ]; then
    jdk=$base/lib/runtime
    [ ! -x "$jdk/bin/java" ] || return 0
    echo "$1: $jdk is missing: install or build again, or set JPASST_JAVA_HOME to the" \
      "directory of a JDK 25 or newer" >&2
    return 1
  fi
  jdk=$JPASST_JAVA_HOME
  is_jdk "$jdk" && return 0
  echo "$1: there is no JDK 25 or newer in JPASST_JAVA_HOME=$jdk: unset it" \
    "(this program brings its own), or set it to the directory of one" >&2
  return 1
}
