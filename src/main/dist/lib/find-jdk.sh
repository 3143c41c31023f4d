# Finds a JDK 25 or newer, by shell built-ins as long as the first that is looked
# at is one. To be sourced.

# True where $1 is the directory of a JDK that is new enough.
is_jdk() {
  [ -n "$1" ] && [ -x "$1/bin/java" ] || return 1
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

# Sets jdk to the first JDK found, in the order that the README promises; tells
# under the name $1 that there is none.
find_jdk() {
  for jdk in "$JPASST_JAVA_HOME" "$JAVA_HOME"; do
    is_jdk "$jdk" && return 0
  done
  if java=$(command -v java) && java=$(readlink -f "$java"); then
    jdk=${java%/bin/java}
    is_jdk "$jdk" && return 0
  fi
  for jdk in /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/* /opt/java/* /usr/local/* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
    is_jdk "$jdk" && return 0
  done
  echo "$1: no JDK 25 or newer found: install one or set JPASST_JAVA_HOME to its directory" >&2
  return 1
}
