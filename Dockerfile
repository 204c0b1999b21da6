FROM python:3.13-slim
RUN useradd --create-home --uid 10001 dbengineer
WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
COPY agent agent
COPY tools tools
COPY prompts prompts
COPY evals evals
RUN pip install --no-cache-dir -c constraints.txt .
USER dbengineer
WORKDIR /home/dbengineer
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD \
  ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["dbengineer"]
CMD ["serve", "--host", "0.0.0.0"]
