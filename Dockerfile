# One image for all services; the service is the command.
FROM python:3.11-slim
WORKDIR /corale
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements.lock .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY shared shared
COPY services services
COPY embedded embedded
RUN useradd --system --no-create-home corale && install -d -o corale /var/lib/corale
USER corale
VOLUME /var/lib/corale
