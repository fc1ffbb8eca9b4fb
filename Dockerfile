# docker build --build-arg PG_MAJOR=18 -t postgres-pgext .
# Use it as you use the image postgres, then run CREATE EXTENSION pgext.

ARG PG_MAJOR=18

FROM postgres:$PG_MAJOR AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
	gcc libc6-dev libxxhash-dev make postgresql-server-dev-$PG_MAJOR
COPY . /usr/src/pgext
RUN make -C /usr/src/pgext -j"$(nproc)" && \
	make -C /usr/src/pgext install DESTDIR=/install

FROM postgres:$PG_MAJOR
COPY --from=build /install /
