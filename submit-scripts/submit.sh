#!/bin/sh
# Runs a command of Kindling through spark-submit:
#
#   submit-scripts/submit.sh [spark-submit options] COMMAND [options]
#   submit-scripts/submit.sh train --config conf/quickstart.yaml --output OUT
#   submit-scripts/submit.sh --master yarn --deploy-mode cluster train --config … --output …
#
# With SPARK_HOME set it is $SPARK_HOME/bin/spark-submit, else Spark's SparkSubmit class from the
# jars that Maven resolved; the project is built at the first use. Unless told otherwise the master
# is local[*] and the driver has 2g of memory. Works from any directory; relative paths are yours.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(dirname -- "$here")
jar=$root/spark-jobs/target/kindling.jar
class_path=$root/spark-jobs/target/spark-classpath.txt

# The options before the command are spark-submit's; all but a few take a value.
count=0
master=no
memory=
java_options=
properties=
previous=
found=no
for arg in "$@"; do
  case $previous in
    --master) master=yes ;;
    --driver-memory) memory=$arg ;;
    --driver-java-options) java_options=$arg ;;
    --properties-file) properties=$arg ;;
    --conf | -c)
      case $arg in
        spark.master=*) master=yes ;;
        spark.driver.memory=*) memory=${arg#*=} ;;
        spark.driver.extraJavaOptions=*) java_options=${arg#*=} ;;
      esac
      ;;
  esac
  if [ -n "$previous" ]; then
    previous=
    count=$((count + 1))
    continue
  fi
  case $arg in
    -h | --help | --version) found=yes && break ;;
    --config | --config=* | --set | --set=* | --output | --output=* | --model | --model=* | \
      --overwrite | --run-id | --run-id=* | --kind | --kind=* | --count | --count=*)
      echo "${arg%%=*} is an option of a command: put it after the command" >&2
      exit 64
      ;;
    -v | --verbose | --supervise) ;;
    --master=*) master=yes ;;
    --driver-memory=*) memory=${arg#*=} ;;
    --driver-java-options=*) java_options=${arg#*=} ;;
    --properties-file=*) properties=${arg#*=} ;;
    --*=*) ;;
    -*) previous=$arg ;;
    *) found=yes && break ;;
  esac
  count=$((count + 1))
done
if [ "$found" = no ]; then
  echo "usage: submit.sh [spark-submit options] COMMAND [options]" >&2
  echo "no command given; submit.sh --help lists them" >&2
  exit 64
fi

# Spark's own defaults, which options would override; spark-submit reads one file of the two.
if [ -z "$properties" ]; then
  conf_dir=${SPARK_CONF_DIR:-${SPARK_HOME:+$SPARK_HOME/conf}}
  [ -z "$conf_dir" ] || properties=$conf_dir/spark-defaults.conf
fi
default_of() {
  [ -f "$properties" ] || return 0
  sed -n "s/^[[:space:]]*$1[[:space:]=:]\{1,\}\([^[:space:]]\{1,\}\).*/\1/p" "$properties" | tail -1
}
[ -z "$(default_of 'spark\.master')" ] || master=yes
[ -n "$memory" ] || memory=$(default_of 'spark\.driver\.memory')

build() {
  echo "building Kindling, once" >&2
  maven=mvn
  [ -x "$root/mvnw" ] && maven=$root/mvnw
  (cd "$root" && "$maven" -q -Dmaven.test.skip=true package) >&2
}
if [ ! -f "$jar" ]; then
  build
elif [ -z "${SPARK_HOME:-}" ] && [ ! -f "$class_path" ]; then
  build
fi

# Puts "--class … kindling.jar" between spark-submit's options and the command.
total=$#
i=0
while [ "$i" -lt "$total" ]; do
  if [ "$i" -eq "$count" ]; then
    [ "$master" = yes ] || set -- "$@" --master 'local[*]'
    [ -n "$memory" ] || set -- "$@" --driver-memory 2g
    set -- "$@" --class io.kindling.jobs.Kindling "$jar"
  fi
  arg=$1
  shift
  set -- "$@" "$arg"
  i=$((i + 1))
done

# One thread a task: tasks do not fight for cores, and results do not depend on their number.
OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
export OMP_NUM_THREADS
# A URL, as blanks would end the option.
quiet=-Dlog4j2.configurationFile=file:$(printf %s "$here" | sed 's/%/%25/g; s/ /%20/g')/log4j2.properties

if [ -n "${SPARK_HOME:-}" ]; then
  SPARK_SUBMIT_OPTS="$quiet ${SPARK_SUBMIT_OPTS:-}"
  export SPARK_SUBMIT_OPTS
  exec "$SPARK_HOME/bin/spark-submit" "$@"
fi

java=java
[ -n "${JAVA_HOME:-}" ] && java=$JAVA_HOME/bin/java
# The packages that Spark's own launcher opens on JDK 17.
opens=
for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util \
  java.util.concurrent java.util.concurrent.atomic jdk.internal.ref sun.nio.ch sun.nio.cs \
  sun.security.action sun.util.calendar; do
  opens="$opens --add-opens=java.base/$package=ALL-UNNAMED"
done
# shellcheck disable=SC2086 # several options in one word
exec "$java" "-Xmx${memory:-2g}" "$quiet" -XX:+IgnoreUnrecognizedVMOptions $opens \
  -Djdk.reflect.useDirectMethodHandle=false ${SPARK_SUBMIT_OPTS:-} $java_options \
  -cp "$(cat "$class_path")" org.apache.spark.deploy.SparkSubmit "$@"
